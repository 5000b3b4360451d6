from __future__ import annotations

import threading
from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workers.capture.picture import ArrayPicture
from workers.capture.slot import Slot
from workers.capture.source import Frame

PICTURE = ArrayPicture(np.zeros((2, 2, 3), np.uint8))


def frame(sequence: int, at_s: float = 0.0, film_s: float | None = None) -> Frame:
    picture = PICTURE if film_s is None else ArrayPicture(np.zeros((2, 2, 3), np.uint8), time_s=film_s)
    return Frame("gate", picture, datetime.now(UTC), at_s, sequence)


@given(st.lists(st.sampled_from(("put", "take")), max_size=60))
def test_take_gives_the_newest_frame_once_and_every_frame_is_taken_overwritten_or_still_there(steps: list[str]) -> None:
    slot = Slot()
    put = taken = 0
    newest: int | None = None
    for step in steps:
        if step == "put":
            slot.put(frame(put))
            newest, put = put, put + 1
        else:
            got = slot.take()
            assert (got.sequence if got else None) == newest
            taken, newest = taken + (got is not None), None
    assert put == taken + slot.overwritten + (newest is not None)


def test_newest_shows_a_frame_without_taking_it() -> None:
    slot = Slot()
    assert slot.newest() is None
    slot.put(frame(5))
    for look in (slot.newest, slot.newest, slot.take, slot.newest):
        got = look()
        assert got is not None
        assert got.sequence == 5
    assert slot.take() is None
    assert slot.overwritten == 0


def test_no_frame_is_taken_twice_and_none_goes_back_when_threads_put_and_take_at_once() -> None:
    slot = Slot()

    def put_many() -> None:
        for number in range(5000):
            slot.put(frame(number))

    seen: list[int] = []
    thread = threading.Thread(target=put_many)
    thread.start()
    is_over = False
    while not is_over:
        is_over = not thread.is_alive()
        got = slot.take()
        if got is not None:
            seen.append(got.sequence)
    assert seen == sorted(set(seen))
    assert seen[-1] == 4999
    assert len(seen) + slot.overwritten == 5000


def taken(slot: Slot) -> Frame:
    got = slot.take()
    assert got is not None
    return got


@given(st.floats(2, 60), st.integers(1, 200))
def test_a_frame_that_is_taken_carries_one_of_a_tenth_of_a_second_before(rate_hz: float, last: int) -> None:
    slot = Slot(keeps_earlier=True)
    for number in range(last + 1):
        slot.put(frame(number, number / rate_hz))
    earlier = taken(slot).earlier
    if last / rate_hz < 0.09:
        assert earlier is None
    elif earlier is not None:
        assert 0.09 <= earlier.apart_s < max(2 * 0.09 + 2 / rate_hz, 2 / rate_hz)
    if last / rate_hz > 0.5 and rate_hz > 10:
        assert earlier is not None
        assert earlier.apart_s < 0.3


def test_the_streams_own_clock_says_how_far_apart_they_are() -> None:
    slot = Slot(keeps_earlier=True)
    slot.put(frame(0, at_s=5.00, film_s=1.0))
    slot.put(frame(1, at_s=5.01, film_s=1.1))  # the network delivered both at once
    earlier = taken(slot).earlier
    assert earlier is not None
    assert earlier.apart_s == 1.1 - 1.0


def test_over_a_jump_back_there_is_no_earlier_frame() -> None:
    slot = Slot(keeps_earlier=True)
    for number, film_s in enumerate((9.0, 9.2, 0.0, 0.05)):
        slot.put(frame(number, at_s=number, film_s=film_s))
    assert taken(slot).earlier is None


def test_without_need_nothing_earlier_is_kept() -> None:
    slot = Slot()
    for number in range(10):
        slot.put(frame(number, number / 10))
    assert taken(slot).earlier is None
