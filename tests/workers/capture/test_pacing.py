from __future__ import annotations

import threading
import time

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.capture.pacing import LARGEST_GAP_S, Pace, at_their_pace
from workers.capture.picture import AvPicture

steps_s = st.lists(st.floats(min_value=0.0, max_value=LARGEST_GAP_S - 0.1), min_size=1, max_size=30)


@given(steps_s, st.floats(min_value=0, max_value=1e6))
def test_film_that_is_read_in_no_time_is_shown_at_exactly_its_own_pace(steps: list[float], now_s: float) -> None:
    pace, film_s, started_s = Pace(), 0.0, now_s
    assert pace.wait_s(film_s, now_s) == 0
    for step in steps:
        film_s += step
        now_s += pace.wait_s(film_s, now_s)
        assert now_s - started_s == pytest.approx(film_s, abs=1e-4)


@given(st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(0, 5)), max_size=30))
def test_no_picture_is_ever_kept_back_longer_than_the_largest_gap(film: list[tuple[float, float]]) -> None:
    pace, now_s = Pace(), 0.0
    for film_s, reading_s in film:
        now_s += reading_s
        wait = pace.wait_s(film_s, now_s)
        assert 0 <= wait <= LARGEST_GAP_S
        now_s += wait


def test_film_that_jumps_back_goes_on_at_once() -> None:
    pace = Pace()
    assert [pace.wait_s(9.0, 50.0), pace.wait_s(9.5, 50.0), pace.wait_s(0.0, 50.5)] == [0.0, 0.5, 0.0]


def test_picture_without_a_time_is_shown_at_once() -> None:
    assert Pace().wait_s(None, 7.0) == 0


def test_closing_ends_a_long_wait_between_two_pictures_at_once() -> None:
    closing = threading.Event()
    pictures = iter([AvPicture(av.VideoFrame(16, 16, "rgb24"), time_s) for time_s in (0.0, 9.0)])
    threading.Timer(0.2, closing.set).start()
    started_s = time.monotonic()
    assert len(list(at_their_pace(pictures, closing))) == 1
    assert time.monotonic() - started_s < 1
