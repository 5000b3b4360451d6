from __future__ import annotations

import pytest

from crushwatch.rules.sight import SLOW, CameraSight, SightState, judge_sight
from crushwatch.site import CameraRules
from support.timeline import START, moment
from workers.capture.tally import Rate


@pytest.mark.parametrize("every_s", [0.02, 0.04, 0.5, 3.0, 5.003, 10.0])
def test_a_camera_that_sends_all_that_is_analysed_is_never_slow_however_seldom_that_is(every_s: float) -> None:
    rate, state, due_s = Rate(), SightState(), 0.0
    for second in range(120):
        while due_s <= second:
            rate.add(due_s)
            due_s += every_s
        sight = CameraSight(
            waiting_since=moment(second),
            last_frame_at=START,
            unchanged_since=None,
            luma=100.0,
            sent_rate_hz=rate.hz(second + 0.9) if second > 2 * every_s else None,
            wanted_rate_hz=1 / every_s,
        )
        state, _ = judge_sight(CameraRules(), state, sight, moment(second))
        assert not state.has(SLOW)


def test_a_camera_that_sends_no_more_comes_down_to_nothing() -> None:
    rate = Rate()
    for number in range(100):
        rate.add(number * 0.04)
    assert rate.hz(3.96) == pytest.approx(25)
    assert rate.hz(60.0) < 0.02
