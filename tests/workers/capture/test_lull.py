from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.capture.lull import AHEAD_S, QUEUED_S, REST_S, Lull


def read(
    lull: Lull,
    seconds: float,
    gop_s: float,
    *,
    rate_hz: float = 25.0,
    read_s: Callable[[], float] = lambda: 0.0,
    begin_s: float = 0.0,
) -> list[float]:
    """How late each key frame is read, when frames come at `rate_hz` and the reader rests as it is told to.

    read_s: what it costs to read the next packet
    """
    late_s, free_s = [], begin_s
    for number in range(int(seconds * rate_hz)):
        comes_s = begin_s + number / rate_hz
        is_key = number % round(gop_s * rate_hz) == 0
        asked_s, now_s = free_s, max(free_s, comes_s) + read_s()
        late_s += [now_s - comes_s] if is_key else []
        free_s = now_s + lull.rest_s(is_key=is_key, asked_s=asked_s, now_s=now_s)
    return late_s


@given(st.sampled_from([0.4, 1.0, 2.0, 4.0]))
def test_a_key_frame_that_comes_at_its_pace_is_read_when_it_comes(gop_s: float) -> None:
    assert max(read(Lull(), 30, gop_s)) == 0


@given(st.integers(0, 1000), st.sampled_from([0.4, 1.0, 2.0, 4.0]))
def test_a_reader_that_needs_milliseconds_a_packet_is_never_late(seed: int, gop_s: float) -> None:
    random = Random(seed)
    assert max(read(Lull(), 60, gop_s, read_s=lambda: random.uniform(0.003, 0.006))) < REST_S


@pytest.mark.parametrize("read_s", [0.012, 0.02])
@pytest.mark.parametrize("gop_s", [1.0, 2.0, 4.0])
def test_a_reader_that_is_slower_still_comes_back_to_the_present(read_s: float, gop_s: float) -> None:
    late_s = read(Lull(), 300, gop_s, read_s=lambda: read_s)
    assert max(late_s) < gop_s
    assert min(late_s[-8:]) < 2 * REST_S


def test_a_longer_pace_is_learnt_and_rested_in() -> None:
    lull = Lull()
    read(lull, 20, 1.0)
    assert max(read(lull, 40, 4.0, begin_s=20.0)) == 0
    rests = [lull.rest_s(is_key=second == 60, asked_s=second - 0.04, now_s=float(second)) for second in (60, 61, 63)]
    assert rests == [REST_S] * 3


@given(st.lists(st.floats(0.05, 5), min_size=1, max_size=40))
def test_a_key_frame_that_comes_out_of_turn_is_read_one_rest_late_at_most(gaps_s: list[float]) -> None:
    lull, comes_s, free_s = Lull(), 0.0, 0.0
    for gap_s in gaps_s:
        comes_s += gap_s
        while free_s < comes_s - REST_S:  # frames between key frames come all the time
            free_s += 0.04 + lull.rest_s(is_key=False, asked_s=free_s, now_s=free_s + 0.04)
        now_s = max(free_s, comes_s)
        assert now_s - comes_s <= REST_S + 0.04 + 1e-9
        free_s = now_s + lull.rest_s(is_key=True, asked_s=free_s, now_s=now_s)


def test_most_of_the_time_between_key_frames_the_reader_rests() -> None:
    lull, rests = Lull(), 0.0
    for is_key, at_s in [(True, 0.0), (True, 2.0), *((False, 2.0 + k * (REST_S + 0.04)) for k in range(1, 12))]:
        rests += lull.rest_s(is_key=is_key, asked_s=at_s - 2 * QUEUED_S, now_s=at_s)
    assert rests > 1.0
    assert lull.rest_s(is_key=False, asked_s=0.0, now_s=4.0 - REST_S - AHEAD_S + 0.01) == 0


def test_what_lies_there_already_is_read_before_a_rest() -> None:
    lull = Lull()
    for at_s in (0.0, 2.0):
        lull.rest_s(is_key=True, asked_s=at_s - 0.04, now_s=at_s)
    assert lull.rest_s(is_key=False, asked_s=2.1, now_s=2.1 + QUEUED_S / 2) == 0
    assert lull.rest_s(is_key=False, asked_s=2.1, now_s=2.1 + 2 * QUEUED_S) == REST_S
