"""What receivers read: signed as Standard Webhooks have it, small, and without secrets."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook as Receiver
from standardwebhooks import WebhookVerificationError

from crushwatch.messages import Level
from crushwatch.site import SecretText, Site
from service.alarms.alert import after_event
from service.alarms.ledger import Step
from service.notify.letter import Occasion, body
from service.notify.route import route
from service.notify.signature import signed_headers
from support.service_messages import alert_event, utc_now
from support.service_site import SECRETS, WEBHOOK_SECRET, webhook
from support.service_site import site as make_site

SITE = make_site(Path("unused"))


def occasion(change: str = "raised", level: str = "alert", **told: Any) -> Occasion:
    event = alert_event(change, level, **told)
    return Occasion.of_step(Step(event, after_event(None, event)))


def test_the_official_library_accepts_the_signature() -> None:
    text = body(SITE, occasion())
    headers = signed_headers(SecretText(WEBHOOK_SECRET), "msg-1", text, datetime.now(UTC))
    assert Receiver(WEBHOOK_SECRET).verify(text, headers)["type"] == "alert.raised"


@pytest.mark.parametrize("part", ["webhook-id", "webhook-timestamp", "webhook-signature", "body"])
def test_the_official_library_refuses_what_was_tampered_with(part: str) -> None:
    text = body(SITE, occasion())
    headers = signed_headers(SecretText(WEBHOOK_SECRET), "msg-1", text, datetime.now(UTC))
    if part == "body":
        text = text.replace("alert", "clear")
    else:
        headers[part] = str(int(headers[part]) - 1) if part == "webhook-timestamp" else headers[part][:-2] + "xx"
    with pytest.raises(WebhookVerificationError):
        Receiver(WEBHOOK_SECRET).verify(text, headers)


def test_the_letter_says_between_which_figures_the_truth_lies() -> None:
    data = json.loads(body(SITE, occasion(value=5.2, value_low=4.6, value_high=5.9)))["data"]
    assert (data["value"], data["value_low"], data["value_high"]) == (5.2, 4.6, 5.9)
    unknown = json.loads(body(SITE, occasion(value=5.2)))["data"]
    assert unknown["value_low"] is unknown["value_high"] is None


def test_the_letter_says_what_where_why_and_what_to_do() -> None:
    letter = json.loads(body(SITE, occasion(action="open gate B")))
    assert letter["type"] == "alert.raised"
    assert letter["timestamp"].endswith("Z")
    data = letter["data"]
    assert data["site"] == {"id": "demo", "name": "Demo square"}
    assert data["camera"] == {"id": "gate", "name": "North gate"}
    assert data["region"] == {"id": "square", "name": "Square"}
    assert (data["level"], data["action"], data["unit"]) == ("alert", "open gate B", "people/m²")


def test_the_letter_of_an_end_asks_for_nothing_more_to_be_done() -> None:
    raised = alert_event("raised", "alert", action="open gate B")
    end = alert_event("cleared", "clear", alert_id=raised.alert_id)
    step = Step(end, after_event(after_event(None, raised), end))
    data = json.loads(body(SITE, Occasion.of_step(step)))["data"]
    assert (data["change"], data["action"]) == ("cleared", None)


def test_a_letter_about_a_worker_has_no_region() -> None:
    letter = json.loads(body(SITE, occasion(camera="worker-1", region=None, rule="worker-silent")))
    assert letter["data"]["region"] is None
    assert letter["data"]["camera"] == {"id": "worker-1", "name": "worker-1"}


def test_no_secret_is_in_a_letter() -> None:
    text = body(SITE, occasion())
    assert not [secret for secret in SECRETS if secret in text]


@given(st.text(max_size=5000), st.text(max_size=5000))
def test_a_letter_has_less_than_20_kb_whatever_a_worker_says(because: str, action: str) -> None:
    assert len(body(SITE, occasion(because=because, action=action)).encode(errors="replace")) < 20_000


def site_with(**channel: Any) -> Site:
    return make_site(Path("unused"), notifications={"room": webhook(1, **channel)})


def test_a_channel_hears_nothing_of_alerts_below_its_level() -> None:
    site = site_with(minimum_level="alert")
    assert route(site, [occasion(level="caution")], utc_now()) == []
    assert len(route(site, [occasion(level="alert")], utc_now())) == 1


def test_a_channel_hears_the_end_of_what_it_heard_the_rise_of() -> None:
    site = site_with(minimum_level="alert")
    alert = after_event(after_event(None, alert_event("raised", "critical")), alert_event("cleared"))
    told = Occasion("e", "cleared", utc_now(), alert, Level.CRITICAL, utc_now(), alert.because)
    assert [delivery.type for delivery in route(site, [told], utc_now())] == ["alert.cleared"]


def test_a_channel_for_some_cameras_hears_of_these_and_of_what_concerns_all() -> None:
    site = site_with(cameras=["hall"])
    occasions = [
        occasion(camera="gate"),
        occasion(camera="hall", region="picture"),
        occasion(camera="worker-1", region=None, rule="worker-silent"),
    ]
    bodies = [json.loads(delivery.body)["data"]["camera"]["id"] for delivery in route(site, occasions, utc_now())]
    assert bodies == ["hall", "worker-1"]


def test_a_silent_worker_that_is_called_as_a_camera_is_concerns_all() -> None:
    silent = occasion(camera="gate", region=None, rule="worker-silent")
    assert len(route(site_with(cameras=["hall"]), [silent], utc_now())) == 1


def test_a_channel_that_is_switched_off_hears_nothing() -> None:
    assert route(site_with(enabled=False), [occasion()], utc_now()) == []
