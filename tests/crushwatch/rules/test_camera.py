from __future__ import annotations

from dataclasses import dataclass, field

import pytest

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
        subject, now = Subject("s", "gate", None), moment(second)
        self.state, events = judge_camera(CameraRules(), self.state, subject, sight, now, told_at=now)
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


GOOD: dict[str, float] = {
    "luma": 120.0, "white_share": 0.02, "sharpness": 1.1, "blank_share": 0.0, "displaced_share": 0.002,
    "sent_rate_hz": 25.0, "wanted_rate_hz": 2.0, "late_s": 0.1, "clock_ahead_s": -0.3,
}  # fmt: skip


def look_at(watch: Watch, start: int, end: int, **bad: object) -> None:
    for second in range(start, end):
        frame = CameraSight(moment(second), moment(second), None, **(GOOD | bad))  # type: ignore[arg-type]
        watch.look(second, frame)


@pytest.mark.parametrize(
    ("bad", "rule", "after_s", "words"),
    [
        pytest.param({"white_share": 0.7}, "camera-overexposed", 10, "70 % of the picture is white", id="overexposed"),
        pytest.param({"blank_share": 0.6}, "camera-covered", 10, "covered: 60 % of the picture", id="covered"),
        pytest.param({"sharpness": 0.4}, "camera-blurred", 30, "sharpness 0.40, limit 0.60", id="blurred"),
        pytest.param({"displaced_share": 0.08}, "camera-moved", 20, "lies 8 % of the picture's width", id="moved"),
        pytest.param(
            {"displaced_share": None, "is_elsewhere": True},
            "camera-moved",
            20,
            "nothing in the picture",
            id="turned-away",
        ),
        pytest.param({"sent_rate_hz": 0.4}, "camera-slow", 30, "sends 0.4 pictures a second, 2.0", id="slow"),
        pytest.param({"late_s": 14.0}, "camera-clock", 30, "arrive 14 s later than they did", id="late"),
        pytest.param({"clock_ahead_s": -95.0}, "camera-clock", 30, "clock is 95 s behind ours", id="clock-behind"),
    ],
)
def test_each_fault_is_told_after_its_dwell_and_ends_after_good_pictures(
    bad: dict[str, object], rule: str, after_s: int, words: str
) -> None:
    watch = Watch()
    look_at(watch, 0, 5)
    look_at(watch, 5, 45, **bad)
    assert watch.told == [(5 + after_s, rule, "raised")]
    assert words in watch.events[0].because
    look_at(watch, 45, 60)
    assert watch.told[1:] == [(50, rule, "cleared")]


def test_a_camera_that_was_late_and_whose_pictures_carry_no_time_any_more_is_late_no_longer() -> None:
    watch = Watch()
    look_at(watch, 0, 40, late_s=14.0)
    look_at(watch, 40, 60, late_s=None, clock_ahead_s=None)
    assert watch.told == [(30, "camera-clock", "raised"), (45, "camera-clock", "cleared")]


def test_a_scene_that_sways_about_the_mark_flaps_no_alert() -> None:
    watch = Watch()
    look_at(watch, 0, 30, displaced_share=0.04)
    for second in range(30, 120):
        look_at(watch, second, second + 1, displaced_share=0.025 if second % 20 < 10 else 0.035)
    assert watch.told == [(20, "camera-moved", "raised")]


def test_a_crowd_before_the_scene_neither_raises_nor_ends_that_a_camera_has_moved() -> None:
    watch = Watch()
    look_at(watch, 0, 60, displaced_share=None)
    assert watch.told == []
    look_at(watch, 60, 90, displaced_share=0.08)
    look_at(watch, 90, 300, displaced_share=None)
    assert watch.told == [(80, "camera-moved", "raised")]


def test_what_is_dark_cannot_be_seen_to_be_sharp_uncovered_or_in_place_again() -> None:
    watch = Watch()
    look_at(watch, 0, 40, displaced_share=0.08)
    look_at(watch, 40, 100, luma=3.0, sharpness=0.2, blank_share=0.9, displaced_share=0.0)
    assert watch.told == [(20, "camera-moved", "raised"), (50, "camera-dark", "raised")]
    look_at(watch, 100, 120)
    assert [told[1:] for told in watch.told[2:]] == [("camera-dark", "cleared"), ("camera-moved", "cleared")]


def test_while_a_camera_is_silent_it_is_not_also_slow() -> None:
    watch = Watch()
    look_at(watch, 0, 5)
    for second in range(5, 80):
        watch.look(second, CameraSight(moment(4), moment(4), None, **(GOOD | {"sent_rate_hz": 0.0})))
    assert [told[1:] for told in watch.told] == [("camera-silent", "raised")]


def test_a_fault_that_the_site_ignores_is_not_raised_and_ends_where_it_was() -> None:
    watch = Watch()
    look_at(watch, 0, 30, displaced_share=0.08)
    state, events = judge_camera(
        CameraRules(ignored=("camera-moved",)), watch.state, Subject("s", "gate", None),
        CameraSight(moment(30), moment(30), None, **(GOOD | {"displaced_share": 0.08})), moment(30), moment(30),
    )  # fmt: skip
    assert [(event.rule, event.change) for event in events] == [("camera-moved", "cleared")]
    assert not state.open_alerts


def test_each_fault_says_what_the_figures_are_still_worth() -> None:
    for bad, worth in (({"displaced_share": 0.08}, 0.0), ({"sharpness": 0.4}, 0.2), ({"sent_rate_hz": 0.4}, None)):
        watch = Watch()
        look_at(watch, 0, 40, **bad)
        assert [value for value, _why in picture_doubts(watch.state.sight)] == ([] if worth is None else [worth])
