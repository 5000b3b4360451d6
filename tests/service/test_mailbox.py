"""What waits for a slow browser: all alerts, the newest of everything else, and never without bound."""

from __future__ import annotations

import json

from service.frame import Fragment, Frame
from service.mailbox import ALERTS_AT_MOST, FRAMES_AT_MOST, Mailbox


def figure(region: str, value: int) -> Frame:
    return Frame(readings={("gate", region): Fragment(json.dumps({"region": region, "value": value}))})


def test_a_browser_that_keeps_up_gets_the_frame_that_all_get() -> None:
    mailbox, frame = Mailbox(), figure("a", 1)
    mailbox.put(frame)
    assert mailbox.take().frame is frame


def test_of_readings_only_the_newest_of_each_region_waits() -> None:
    mailbox = Mailbox()
    for value in range(100):
        mailbox.put(figure("a", value))
        mailbox.put(figure("b", -value))
    frame = mailbox.take().frame
    assert frame is not None
    assert [json.loads(fragment.text)["value"] for fragment in frame.readings.values()] == [99, -99]


def test_however_long_a_browser_sleeps_few_frames_wait_for_it() -> None:
    mailbox = Mailbox()
    for value in range(10 * FRAMES_AT_MOST):
        mailbox.put(figure("a", value))
        assert len(mailbox._frames) <= FRAMES_AT_MOST


def test_alerts_wait_all_of_them_in_order() -> None:
    mailbox = Mailbox()
    for number in range(100):
        mailbox.put(Frame(alerts=(f"alert {number}",)))
    frame = mailbox.take().frame
    assert frame is not None
    assert frame.alerts == tuple(f"alert {number}" for number in range(100))


def test_a_browser_too_far_behind_on_alerts_is_marked() -> None:
    mailbox = Mailbox()
    mailbox.put(Frame(alerts=("alert",) * ALERTS_AT_MOST))
    assert not mailbox.overfull
    mailbox.put(Frame(alerts=("one too many",)))
    assert mailbox.overfull


def test_previews_wait_only_for_cameras_that_are_looked_at() -> None:
    mailbox = Mailbox()
    mailbox.put_preview("gate", "unseen")
    mailbox.watching = frozenset({"gate"})
    for number in range(3):
        mailbox.put_preview("gate", f"picture {number}")
        mailbox.put_preview("hall", "not looked at")
    assert mailbox.take().own == ("picture 2",)


def test_one_browser_in_turn_witnesses_how_old_figures_are() -> None:
    mailbox = Mailbox()
    mailbox.put(figure("a", 1), witnessed=True)
    mailbox.put(figure("a", 2))
    assert mailbox.take().witnessed
    mailbox.put(figure("a", 3))
    assert not mailbox.take().witnessed


def test_what_is_taken_waits_no_more() -> None:
    mailbox = Mailbox()
    mailbox.put(Frame(alerts=("alert",)))
    mailbox.put_answer("tick", "tick")
    assert mailbox.take().own == ("tick",)
    empty = mailbox.take()
    assert (empty.frame, empty.own) == (None, ())
