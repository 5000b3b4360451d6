"""Webhooks from a running service to real receivers that fail, rest, are slow or gone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from crushwatch.bus import MemoryBus
from service.notify.retry import Answer
from service.notify.webhook import WebhookChannel
from service.store import StoreError, deliveries
from service.store.deliveries import Delivery
from support.scripted_receiver import Reply, ScriptedReceiver
from support.service_messages import alert_event
from support.service_site import webhook
from support.waiting import wait_for

pytestmark = pytest.mark.integration


@pytest.fixture
def receiver() -> Iterator[ScriptedReceiver]:
    with ScriptedReceiver() as receiver:
        yield receiver


def raise_alerts(bus: Any, count: int, *, first: int = 0) -> None:
    for number in range(first, first + count):
        bus.publish("alerts", [alert_event(alert_id=f"a-{number}", region=f"region-{number}")])


def raised(receiver: ScriptedReceiver) -> list[str]:
    """Messages that an alert was raised; a service that starts ends alerts of regions it does not know, and says so."""
    return [taken.message_id for taken in receiver.accepted if taken.event["data"]["change"] == "raised"]


def test_raise_acknowledgement_and_end_are_told_in_order_and_signed(
    run_service: Callable[..., Any], receiver: ScriptedReceiver
) -> None:
    running = run_service(notifications={"room": webhook(receiver.port)})
    running.bus.publish("alerts", [alert_event("raised", "caution"), alert_event("escalated", "critical")])
    wait_for("two webhooks", lambda: len(receiver.taken) == 2)
    answer = running.client.post("/api/v1/alerts/a-1/acknowledge", json={"by": "Kim", "note": "on my way"})
    assert answer.status_code == 200
    running.bus.publish("alerts", [alert_event("cleared")])
    wait_for("four webhooks", lambda: len(receiver.taken) == 4)
    assert [taken.event["type"] for taken in receiver.taken] == [
        "alert.raised",
        "alert.escalated",
        "alert.acknowledged",
        "alert.cleared",
    ]
    assert receiver.taken[2].event["data"]["acknowledged_by"] == "Kim"
    wait_for("the record", lambda: running.service.counters().webhooks_delivered == 4)


def test_a_receiver_that_fails_every_third_time_gets_everything_once(
    run_service: Callable[..., Any], receiver: ScriptedReceiver
) -> None:
    receiver.script = lambda number, _event: Reply(500 if number % 3 == 2 else 204)
    running = run_service(notifications={"room": webhook(receiver.port)})
    raise_alerts(running.bus, 20)
    wait_for("20 accepted", lambda: len(receiver.accepted) == 20, within_s=30)
    time.sleep(0.5)
    ids = [taken.message_id for taken in receiver.accepted]
    assert len(ids) == len(set(ids)) == 20
    assert running.service.counters().webhooks_failed == len(receiver.taken) - 20


def test_events_of_one_alert_keep_their_order_though_the_first_fails(
    run_service: Callable[..., Any], receiver: ScriptedReceiver
) -> None:
    receiver.script = lambda number, _event: Reply(503 if number < 2 else 204)
    running = run_service(notifications={"room": webhook(receiver.port)})
    running.bus.publish("alerts", [alert_event("raised", "caution"), alert_event("escalated", "alert"),
                                   alert_event("cleared")])  # fmt: skip
    wait_for("all three", lambda: len(receiver.accepted) == 3, within_s=20)
    assert [taken.event["data"]["change"] for taken in receiver.accepted] == ["raised", "escalated", "cleared"]


def test_an_event_that_the_bus_delivers_twice_is_told_once(
    run_service: Callable[..., Any], receiver: ScriptedReceiver
) -> None:
    running = run_service(notifications={"room": webhook(receiver.port)})
    event = alert_event()
    running.bus.publish("alerts", [event, event])
    running.bus.publish("alerts", [event])
    wait_for("the webhook", lambda: receiver.taken)
    time.sleep(0.5)
    assert len(receiver.taken) == 1


def test_retry_after_gives_the_receiver_its_rest_from_everything(
    run_service: Callable[..., Any], receiver: ScriptedReceiver
) -> None:
    receiver.script = lambda number, _event: Reply(429, {"Retry-After": "2"}) if number == 0 else Reply()
    running = run_service(notifications={"room": webhook(receiver.port)})
    raise_alerts(running.bus, 3)
    wait_for("all three", lambda: len(receiver.accepted) == 3)
    first, *rest = receiver.taken
    assert rest[0].at_s - first.at_s >= 1.9


def test_gone_closes_the_channel_until_somebody_opens_it(
    run_service: Callable[..., Any], receiver: ScriptedReceiver
) -> None:
    receiver.script = lambda number, _event: Reply(410 if number == 0 else 204)
    running = run_service(notifications={"room": webhook(receiver.port)})
    raise_alerts(running.bus, 3)
    wait_for("closed", lambda: not running.get("channels")[0]["enabled"])
    time.sleep(1.2)
    assert len(receiver.taken) == 1
    (channel,) = running.get("channels")
    assert (channel["pending"], channel["dead"]) == (2, 1)
    assert "410" in channel["reason"]
    assert running.client.post("/api/v1/channels/room/enable").json()["enabled"] is True
    wait_for("the two that waited", lambda: len(receiver.accepted) == 2)


def test_a_dead_letter_is_kept_and_sent_again_on_request(
    run_service: Callable[..., Any], receiver: ScriptedReceiver
) -> None:
    receiver.script = lambda _number, _event: Reply(500)
    running = run_service(notifications={"room": webhook(receiver.port, give_up_after_s=0)})
    raise_alerts(running.bus, 1)
    (dead,) = wait_for("a dead letter", lambda: running.get("deliveries?state=dead")["items"])
    assert (dead["last_status"], dead["attempts"]) == (500, 1)
    receiver.script = lambda _number, _event: Reply()
    assert running.client.post(f"/api/v1/deliveries/{dead['id']}/retry").json()["state"] == "pending"
    wait_for("delivered", lambda: running.get("deliveries?state=delivered")["items"])
    assert receiver.taken[0].message_id == receiver.taken[1].message_id
    again = running.client.post(f"/api/v1/deliveries/{dead['id']}/retry")
    assert again.status_code == 409


def test_a_slow_receiver_delays_neither_ingest_nor_another_channel(
    run_service: Callable[..., Any], receiver: ScriptedReceiver
) -> None:
    with ScriptedReceiver(lambda _number, _event: Reply(delay_s=3)) as slow:
        channels = {"slow": webhook(slow.port), "room": webhook(receiver.port)}
        running = run_service(notifications=channels)
        started = time.monotonic()
        raise_alerts(running.bus, 10)
        wait_for("the other channel", lambda: len(receiver.accepted) == 10, within_s=5)
        assert len(running.get("alerts")["items"]) == 10
        assert time.monotonic() - started < 3


def test_what_waits_outlives_a_restart(run_service: Callable[..., Any]) -> None:
    with ScriptedReceiver() as receiver:
        port = receiver.port
    bus = MemoryBus()
    channel = {"room": webhook(port)}
    first = run_service(bus, notifications=channel)
    raise_alerts(bus, 3)
    wait_for("an attempt", lambda: first.service.counters().webhooks_failed >= 1)
    first.service.stop()
    with ScriptedReceiver() as receiver:
        second = run_service(bus, notifications={"room": webhook(receiver.port)})
        wait_for("all three", lambda: len(raised(receiver)) == 3, within_s=15)
        wait_for(
            "nothing that waits",
            lambda: {item["state"] for item in second.get("deliveries")["items"]} == {"delivered"},
        )


def test_errors_of_a_channel_say_nothing_of_its_address_or_secret(run_service: Callable[..., Any]) -> None:
    with ScriptedReceiver() as receiver:
        port = receiver.port
    running = run_service(notifications={"room": webhook(port)})
    raise_alerts(running.bus, 1)
    (item,) = wait_for(
        "a failed attempt",
        lambda: [item for item in running.get("deliveries")["items"] if item["last_error"]],
    )
    assert "no connection to the receiver" in item["last_error"]
    shown = running.client.get("/api/v1/deliveries").text + running.client.get("/api/v1/system").text
    assert str(port) not in item["last_error"]
    assert "hook-path-token-xyz" not in shown
    assert "whsec" not in shown


def test_a_channel_that_breaks_ends_no_other(
    run_service: Callable[..., Any], receiver: ScriptedReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = WebhookChannel.send

    async def broken_for_one(channel: WebhookChannel, delivery: Delivery) -> Answer:
        if delivery.channel == "broken":
            raise ValueError("nobody expected this")
        return await send(channel, delivery)

    monkeypatch.setattr(WebhookChannel, "send", broken_for_one)
    running = run_service(notifications={"broken": webhook(1), "room": webhook(receiver.port)})
    raise_alerts(running.bus, 2)
    wait_for("the other channel", lambda: len(receiver.accepted) == 2)
    time.sleep(1.2)
    raise_alerts(running.bus, 1, first=2)
    wait_for("the other channel goes on", lambda: len(receiver.accepted) == 3)
    assert running.client.get("/readyz").status_code == 200

    def pending() -> dict[str, int]:
        return {channel["id"]: channel["pending"] for channel in running.get("channels")}

    wait_for("the record", lambda: pending() == {"broken": 3, "room": 0})


def test_what_was_taken_while_the_disk_was_full_is_not_posted_again_and_the_rest_goes_on(
    run_service: Callable[..., Any], receiver: ScriptedReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, full = deliveries.delivered, [True]

    def on_a_full_disk(connection: Any, *rest: Any) -> None:
        if full[0]:
            raise StoreError("database or disk is full")
        record(connection, *rest)

    monkeypatch.setattr(deliveries, "delivered", on_a_full_disk)
    running = run_service(notifications={"room": webhook(receiver.port)})
    raise_alerts(running.bus, 3)
    wait_for("all three", lambda: len(receiver.accepted) == 3)
    time.sleep(2.5)
    assert len(receiver.taken) == 3
    assert running.get("channels")[0]["pending"] == 3
    full[0] = False
    wait_for("the record", lambda: running.get("channels")[0]["delivered"] == 3)
    assert len(receiver.taken) == 3


def test_the_end_of_an_alert_waits_for_its_failed_beginning_while_the_disk_is_full(
    run_service: Callable[..., Any], receiver: ScriptedReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, full = deliveries.postponed, [True]

    def on_a_full_disk(connection: Any, *rest: Any) -> None:
        if full[0]:
            raise StoreError("database or disk is full")
        record(connection, *rest)

    monkeypatch.setattr(deliveries, "postponed", on_a_full_disk)
    receiver.script = lambda number, _event: Reply(503 if number == 0 else 204)
    running = run_service(notifications={"room": webhook(receiver.port)})
    running.bus.publish("alerts", [alert_event("raised"), alert_event("cleared")])
    raise_alerts(running.bus, 1, first=2)
    wait_for("the other alert", lambda: "a-2" in [taken.event["data"]["alert_id"] for taken in receiver.accepted])
    assert len(receiver.accepted) == 1
    full[0] = False
    wait_for("all three", lambda: len(receiver.accepted) == 3)
    assert [taken.event["data"]["change"] for taken in receiver.accepted[1:]] == ["raised", "cleared"]


def test_what_was_taken_and_never_recorded_is_posted_again_with_the_same_id(
    run_service: Callable[..., Any], receiver: ScriptedReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def on_a_full_disk(*_: Any) -> None:
        raise StoreError("database or disk is full")

    bus, channels = MemoryBus(), {"room": webhook(receiver.port)}
    with monkeypatch.context() as patch:
        patch.setattr(deliveries, "delivered", on_a_full_disk)
        first = run_service(bus, notifications=channels)
        raise_alerts(bus, 1)
        wait_for("the first time", lambda: len(receiver.accepted) == 1)
        first.service.stop()
    run_service(bus, notifications=channels)
    wait_for("the second time", lambda: len(receiver.accepted) == 2)
    assert receiver.accepted[0].message_id == receiver.accepted[1].message_id
