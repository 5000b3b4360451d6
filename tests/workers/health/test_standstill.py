"""What a worker that stands still again and again forgives, and what it still tells."""

from __future__ import annotations

import pytest

from workers.health.standstill import Standstill


@pytest.mark.parametrize("silent_after_s", [15.0, 90.0, 600.0])
def test_silence_is_told_however_often_the_worker_stands_still(silent_after_s: float) -> None:
    standstill, heard_s, silent_s = Standstill(1.0, silent_after_s), 0.0, 0.0
    for minute in range(60):
        for second in (*range(1, 50), 60):
            now_s = 60.0 * minute + second
            heard_s = now_s if standstill.lasted_s(now_s) else heard_s
            silent_s = max(silent_s, now_s - heard_s)
    assert silent_s >= silent_after_s
