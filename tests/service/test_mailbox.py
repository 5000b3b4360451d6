"""What waits for a slow browser: all alerts, the newest of everything else, and never without bound."""

from __future__ import annotations

import json

from service.mailbox import ALERTS_AT_MOST, Fragment, Mailbox
from support.service_messages import utc_now


def fragment(region: str, value: int) -> Fragment:
    return Fragment("gate", region, json.dumps({"region": region, "value": value}), utc_now())


def test_of_readings_only_the_newest_of_each_region_waits() -> None:
    mailbox = Mailbox()
    for value in range(100):
        mailbox.put_readings((fragment("a", value), fragment("b", -value)))
    (parcel,) = mailbox.take()
    assert json.loads(parcel.text) == {
        "type": "readings",
        "readings": [{"region": "a", "value": 99}, {"region": "b", "value": -99}],
    }
    assert len(parcel.captured_at) == 2


def test_alerts_wait_all_of_them_in_order_and_come_first() -> None:
    mailbox = Mailbox()
    mailbox.put_tick("tick")
    mailbox.put_readings((fragment("a", 1),))
    mailbox.put_camera("gate", "camera")
    for number in range(5):
        mailbox.put_alert(f"alert {number}")
    texts = [parcel.text for parcel in mailbox.take()]
    assert texts[:6] == [*(f"alert {number}" for number in range(5)), "camera"]
    assert texts[-1] == "tick"


def test_a_browser_too_far_behind_on_alerts_is_marked_and_given_no_gap() -> None:
    mailbox = Mailbox()
    for number in range(ALERTS_AT_MOST):
        mailbox.put_alert(str(number))
    assert not mailbox.overfull
    mailbox.put_alert("one too many")
    assert mailbox.overfull


def test_previews_wait_only_for_cameras_that_are_looked_at() -> None:
    mailbox = Mailbox()
    mailbox.put_preview("gate", "unseen")
    mailbox.watching = frozenset({"gate"})
    for number in range(3):
        mailbox.put_preview("gate", f"picture {number}")
        mailbox.put_preview("hall", "not looked at")
    assert [parcel.text for parcel in mailbox.take()] == ["picture 2"]


def test_what_is_taken_waits_no_more() -> None:
    mailbox = Mailbox()
    mailbox.put_alert("alert")
    mailbox.put_tick("tick")
    assert mailbox.take()
    assert mailbox.take() == []
