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


def frame(sequence: int) -> Frame:
    return Frame("gate", PICTURE, datetime.now(UTC), 0.0, sequence)


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
