from __future__ import annotations

from dataclasses import dataclass, field

from crushwatch.messages import AlertEvent
from crushwatch.rules import CameraSight, CameraState, Subject, judge_camera
from crushwatch.rules.sight import picture_doubts
from crushwatch.site import CameraRules
from support.timeline import START, moment


@dataclass
class Watch:
    state: CameraState = field(default_factory=CameraState)
    events: list[AlertEvent] = field(default_factory=list)
    told: list[tuple[float, str, str]] = field(default_factory=list)

    def look(self, second: float, sight: CameraSight) -> None:
        self.state = CameraState.model_validate_json(self.state.model_dump_json())
        self.state, events = judge_camera(CameraRules(), self.state, Subject("s", "gate", None), sight, moment(second))
        self.events += events
        self.told += [(second, event.rule, event.change.value) for event in events]


def seen(frame_at: float, *, unchanged_since: float | None = None, luma: float = 120) -> CameraSight:
    unchanged = None if unchanged_since is None else moment(unchanged_since)
    return CameraSight(moment(frame_at), moment(frame_at), unchanged, luma)


def test_a_camera_without_a_frame_for_15_s_is_silent_and_says_why() -> None:
    watch = Watch()
    for second in range(20):
        watch.look(second, CameraSight(START, None, None, None, reason="no RTSP answer from 10.0.0.11:554 in 5 s"))
    assert watch.told == [(15, "camera-silent", "raised")]
    assert "no picture for 15 s (no RTSP answer from 10.0.0.11:554 in 5 s)" in watch.events[0].because


def test_a_silent_camera_clears_after_good_pictures_for_some_seconds() -> None:
    watch = Watch()
    watch.look(0, seen(0))
    watch.look(16, seen(0))
    for second in range(17, 25):
        watch.look(second, seen(second))
    assert watch.told == [(16, "camera-silent", "raised"), (22, "camera-silent", "cleared")]


def test_one_and_the_same_picture_is_frozen_even_though_frames_arrive() -> None:
    watch = Watch()
    for second in range(20):
        watch.look(second, seen(second, unchanged_since=0))
    assert watch.told == [(15, "camera-frozen", "raised")]
    assert picture_doubts(watch.state.sight) == ((0.0, "the picture is frozen"),)


def test_darkness_is_told_after_its_dwell_and_ends() -> None:
    watch = Watch()
    for second in range(12):
        watch.look(second, seen(second, luma=3))
    for second in range(12, 20):
        watch.look(second, seen(second, luma=90))
    assert watch.told == [(10, "camera-dark", "raised"), (17, "camera-dark", "cleared")]


def test_a_camera_that_falls_silent_while_frozen_does_not_close_the_first_alert() -> None:
    watch = Watch()
    for second in range(20):
        watch.look(second, seen(second, unchanged_since=0))
    for second in range(20, 60):
        watch.look(second, seen(19, unchanged_since=0))
    assert watch.told == [(15, "camera-frozen", "raised"), (34, "camera-silent", "raised")]


def test_a_dead_camera_stays_silent_over_a_restart_of_the_worker() -> None:
    watch = Watch()
    for second in range(20):
        watch.look(second, CameraSight(START, None, None, None))
    for second in range(30, 80):  # a new worker, which waits since its own start
        watch.look(second, CameraSight(moment(30), None, None, None))
    assert watch.told == [(15, "camera-silent", "raised")]


def test_a_frozen_camera_stays_frozen_over_a_restart_until_it_is_seen_to_move() -> None:
    watch = Watch()
    for second in range(20):
        watch.look(second, seen(second, unchanged_since=0))
    for second in range(30, 33):
        watch.look(second, CameraSight(moment(second), moment(second), None, 120, motion_known=False))
    for second in range(33, 60):
        watch.look(second, seen(second, unchanged_since=30))
    assert watch.told == [(15, "camera-frozen", "raised")]
    for second in range(60, 70):
        watch.look(second, seen(second))
    assert watch.told[-1] == (65, "camera-frozen", "cleared")
