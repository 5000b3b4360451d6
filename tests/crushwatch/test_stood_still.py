"""What a process that stands still again and again forgives, and what it still tells."""

from __future__ import annotations

import pytest

from crushwatch.stood_still import StoodStill


@pytest.mark.parametrize("silent_after_s", [15.0, 90.0, 600.0])
def test_silence_is_told_however_often_the_process_stands_still(silent_after_s: float) -> None:
    stood_still, heard_s, silent_s = StoodStill(1.0, silent_after_s), 0.0, 0.0
    for minute in range(60):
        for second in (*range(1, 50), 60):
            now_s = 60.0 * minute + second
            heard_s = now_s if stood_still.lasted_s(now_s) else heard_s
            silent_s = max(silent_s, now_s - heard_s)
    assert silent_s >= silent_after_s


def test_standing_still_again_and_again_hides_no_silence() -> None:
    stood_still, believed = begun(), []
    for second in range(10, 140, 10):
        believed += [second] if stood_still.lasted_s(second) else []
        stood_still.looked(second)
    assert believed == [10, 70, 130]


def test_an_ordinary_pause_is_no_standing_still() -> None:
    assert begun().lasted_s(3) == 0


def test_a_look_that_takes_long_is_no_standing_still() -> None:
    stood_still = begun()
    stood_still.lasted_s(1)
    stood_still.looked(21)
    assert stood_still.lasted_s(22) == 0


def begun() -> StoodStill:
    stood_still = StoodStill(every_s=1.0, silent_after_s=15.0)
    stood_still.looked(0)
    return stood_still
