"""The live channel of a running service, heard over a real WebSocket."""

from __future__ import annotations

import itertools
import json
import socket
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from crushwatch.bus import RedisBus
from crushwatch.messages import Hold, Level, RegionReading
from support.live_client import LiveClient
from support.redis_server import RedisServer
from support.service_messages import alert_event, camera_health, preview, reading, utc_now, worker_health
from support.waiting import wait_for

pytestmark = pytest.mark.integration

Start = Callable[..., Any]


def test_it_begins_with_everything(run_service: Start) -> None:
    running = run_service()
    running.bus.publish("health", [worker_health(), camera_health()])
    running.bus.publish("readings", [reading()])
    running.bus.publish("alerts", [alert_event()])
    wait_for("the alert", lambda: running.get("alerts")["items"])
    with LiveClient(running.url) as live:
        snapshot = live.receive()
    assert snapshot["type"] == "snapshot"
    assert snapshot["site"]["name"] == "Demo square"
    assert [camera["id"] for camera in snapshot["cameras"]] == ["gate", "hall"]
    assert [alert["alert_id"] for alert in snapshot["alerts"]] == ["a-1"]
    assert snapshot["trends"]["gate/square"]["density"] == [2.1]
    assert snapshot["faults"] == []


def test_figures_cameras_and_alerts_come_as_they_change(run_service: Start) -> None:
    running = run_service()
    with LiveClient(running.url) as live:
        live.wait_for("snapshot")
        running.bus.publish("readings", [reading(count=77)])
        update = live.wait_for("readings", lambda m: m["readings"][0]["reading"])["readings"][0]
        assert (update["camera"], update["region"], update["reading"]["count"]) == ("gate", "square", 77)
        running.bus.publish("health", [camera_health(state="frozen", reason="the same picture for 15 s")])
        changed = live.wait_for("camera", lambda m: m["camera"]["state"] == "frozen")["camera"]
        assert changed["regions"][0]["level"] == "unknown"
        running.bus.publish("health", [camera_health(machine_slow=True)])
        assert live.wait_for("camera", lambda m: m["camera"]["state"] == "ok")["camera"]["machine_slow"]
        running.bus.publish("alerts", [alert_event()])
        assert live.wait_for("alert")["alert"]["state"] == "raised-unacknowledged"
        running.client.post("/api/v1/alerts/a-1/acknowledge", json={"by": "Kim"})
        assert live.wait_for("alert")["alert"]["acknowledged_by"] == "Kim"
    latency = running.service.latencies()
    assert latency.to_browser_ms.samples >= 1
    assert latency.to_browser_ms.p95 is not None
    assert latency.to_browser_ms.p95 < 500


def test_what_holds_an_alert_reaches_the_browser_as_the_judge_said_it(run_service: Start) -> None:
    running = run_service()
    hold = Hold(rule="levels", level=Level.CRITICAL, value=1.2, below=4.25, unit="people/m²", for_s=60)
    with LiveClient(running.url) as live:
        live.wait_for("snapshot")
        held = reading(level=Level.CRITICAL, holds=(hold.model_copy(update={"calm_since": utc_now()}),))
        running.bus.publish("readings", [held])
        told = live.wait_for("readings", lambda m: m["readings"][0]["reading"])["readings"][0]["reading"]
    assert RegionReading.model_validate(told).holds == held.holds
    assert RegionReading.model_validate(running.get("regions")[0]["reading"]).holds == held.holds


def test_a_browser_that_takes_no_compression_hears_the_same(run_service: Start) -> None:
    running = run_service()
    with LiveClient(running.url, compression=None) as plain, LiveClient(running.url) as usual:
        for live in (plain, usual):
            live.wait_for("snapshot")
        running.bus.publish("readings", [reading(count=77)])
        running.bus.publish("alerts", [alert_event()])
        heard = [
            (live.wait_for("readings", lambda m: m["readings"][0]["reading"])["readings"][0], live.wait_for("alert"))
            for live in (plain, usual)
        ]
    assert heard[0] == heard[1]


def test_on_a_large_site_trends_come_for_the_cameras_that_are_looked_at_once(run_service: Start) -> None:
    regions = {f"r-{number}": {"polygon_px": [[0, 0], [9, 0], [9, 9]], "area_m2": 9} for number in range(64)}
    cameras = {
        "gate": {"source": "sim:gate", "picture_size_px": [90, 90], "regions": regions},
        "hall": {"source": "sim:gate"},
    }
    running = run_service(cameras=cameras)
    running.bus.publish("readings", [reading("gate", "r-7"), reading("hall", "picture")])
    wait_for("stored", lambda: running.service.counters().readings_stored == 2)
    with LiveClient(running.url) as live:
        assert live.receive()["trends"] == {}
        live.send({"type": "watch", "cameras": ["gate"]})
        trends = live.wait_for("trends")["trends"]
        assert trends["gate/r-7"]["density"] == [2.1]
        assert {key.partition("/")[0] for key in trends} == {"gate"}
        live.send({"type": "watch", "cameras": ["hall"]})
        assert live.wait_for("trends")["trends"].keys() == {"hall/picture"}
        live.send({"type": "watch", "cameras": ["gate", "hall"]})
        live.wait_for("tick")
        live.wait_for("tick")
    assert [message["type"] for message in live.messages].count("trends") == 2


def test_a_second_without_a_tick_never_passes(run_service: Start) -> None:
    running = run_service()
    with LiveClient(running.url) as live:
        live.wait_for("snapshot")
        times = []
        for _tick in range(4):
            live.wait_for("tick", within_s=3)
            times.append(time.monotonic())
    assert max(later - earlier for earlier, later in itertools.pairwise(times)) < 2


def test_a_redis_that_hangs_stops_no_tick(private_redis: RedisServer, run_service: Start) -> None:
    bus = RedisBus(private_redis.url, "demo")
    running = run_service(bus)
    with LiveClient(running.url) as live:
        live.wait_for("snapshot")
        with private_redis.hanging():
            for _tick in range(8):
                live.wait_for("tick", within_s=3)
            assert "does not answer" in live.wait_for("tick", lambda m: m["faults"])["faults"][0]
        live.wait_for("tick", lambda m: not m["faults"])
    running.service.stop()
    bus.close()


def test_a_tick_says_what_the_service_lacks(run_service: Start) -> None:
    running = run_service()
    with LiveClient(running.url) as live:
        live.wait_for("snapshot")
        running.bus.go_away()
        assert live.wait_for("tick", lambda m: m["faults"])["faults"] == ["the bus is away"]
        running.bus.come_back()
        live.wait_for("tick", lambda m: not m["faults"])


def test_a_level_that_grows_old_is_said_without_any_message_from_a_worker(run_service: Start) -> None:
    running = run_service(rules={"stale_after_s": 1, "unknown_after_s": 2, "camera": {"silent_after_s": 60}})
    with LiveClient(running.url) as live:
        live.wait_for("snapshot")
        running.bus.publish("readings", [reading()])

        def of_square(message: dict[str, Any]) -> list[dict[str, Any]]:
            return [item for item in message["readings"] if item["region"] == "square"]

        live.wait_for("readings", lambda m: of_square(m) and of_square(m)[0]["level"] == "clear")
        live.wait_for("readings", lambda m: of_square(m) and of_square(m)[0]["stale"])
        gone = live.wait_for("readings", lambda m: of_square(m) and of_square(m)[0]["level"] == "unknown")
    assert "nothing measured for" in of_square(gone)[0]["reason"]


def test_previews_come_only_for_cameras_that_are_looked_at(run_service: Start) -> None:
    running = run_service()
    with LiveClient(running.url) as live, LiveClient(running.url) as other:
        live.wait_for("snapshot")
        live.send({"type": "watch", "cameras": ["gate", "no-such-camera"]})
        wait_for("the worker is asked", lambda: running.bus.watched() == frozenset({"gate"}))
        running.bus.publish_preview(preview("gate"))
        running.bus.publish_preview(preview("hall"))
        shown = live.wait_for("preview")
        assert (shown["camera"], shown["jpeg"], shown["density_columns"]) == ("gate", "/9j/4AAQ", 3)
        live.send({"type": "watch", "cameras": []})
        other.wait_for("tick")
        other.wait_for("tick")
        assert "preview" not in {message["type"] for message in other.messages}
    assert {message["camera"] for message in live.messages if message["type"] == "preview"} == {"gate"}


def test_a_ping_is_answered_at_once_and_nonsense_not_at_all(run_service: Start) -> None:
    running = run_service()
    with LiveClient(running.url) as live:
        live.wait_for("snapshot")
        for nonsense in ("no json", "[]", '{"type": "dance"}', '{"type": "watch"}'):
            live.send(nonsense)
        live.send({"type": "ping"})
        asked_at = time.monotonic()
        live.wait_for("tick")
        assert time.monotonic() - asked_at < 1


def test_a_browser_that_does_not_read_holds_up_nobody_and_is_given_up(
    run_service: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.live.SEND_WITHIN_S", 2.0)
    running = run_service()
    host, port = running.url.removeprefix("http://").split(":")
    deaf = socket.create_connection((host, int(port)))
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    request = f"GET /api/v1/live HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    deaf.sendall(f"{request}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n".encode())
    wait_for("the deaf one is in", lambda: running.service.counters().live_clients == 1)
    with LiveClient(running.url) as live:
        live.wait_for("snapshot")
        picture = "A" * 200_000
        frame = json.dumps({"type": "watch", "cameras": ["gate"]}).encode()
        deaf.sendall(bytes([0x81, 0x80 | len(frame), 0, 0, 0, 0]) + frame)
        live.send({"type": "watch", "cameras": ["gate"]})
        wait_for("asked", lambda: running.bus.watched())
        for number in range(60):
            running.bus.publish_preview(preview("gate", jpeg=picture))
            running.bus.publish("readings", [reading(count=number)])
            live.wait_for(
                "readings", lambda m, number=number: m["readings"][0]["reading"]["count"] == number, within_s=2
            )
        wait_for("it is given up", lambda: running.service.counters().live_clients == 1, within_s=20)
        live.wait_for("tick")
    deaf.close()


def test_a_browser_is_told_when_the_service_stops(run_service: Start) -> None:
    running = run_service()
    with LiveClient(running.url) as live:
        live.wait_for("snapshot")
        started = time.monotonic()
        running.service.stop()
        assert time.monotonic() - started < 3

        def read_on() -> None:
            while True:
                live.receive()

        with pytest.raises(ConnectionClosed):
            read_on()


def test_after_a_restart_the_last_figures_are_shown_with_their_age(run_service: Start) -> None:
    running = run_service()
    running.bus.publish("readings", [reading(at=utc_now() - timedelta(seconds=8))])
    wait_for("stored", lambda: running.service.counters().readings_stored == 1)
    running.service.stop()
    again = run_service()
    with LiveClient(again.url) as live:
        region = live.receive()["cameras"][0]["regions"][0]
    assert (region["level"], region["stale"]) == ("clear", True)
    assert region["age_s"] >= 8
