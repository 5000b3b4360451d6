from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crushwatch.messages import AlertChange, Level
from crushwatch.rules import RegionRules, RegionState, Subject, unwatched
from crushwatch.site import Levels, Region, Rules
from support.timeline import OUTLINE, Timeline, moment


def test_a_level_is_raised_once_its_threshold_has_been_met_for_the_dwell() -> None:
    line = Timeline()
    line.hold(4.2, 0, 9)
    assert line.told == []
    line.hold(4.2, 10, 10)
    assert line.told == [(10, "raised", "alert")]
    assert line.events[0].because == "4.2 people/m² for 10 s, threshold 4.0"
    assert (line.events[0].value, line.events[0].threshold) == (4.2, 4.0)


def test_notice_and_caution_wait_longer_than_alert_and_critical() -> None:
    line = Timeline()
    line.hold(2.5, 0, 40)
    assert line.told == [(30, "raised", "notice")]


def test_a_crowd_that_keeps_growing_climbs_level_by_level_in_one_alert() -> None:
    line = Timeline()
    line.feed(0, [1 + second * 0.02 for second in range(300)])
    assert [(change, level) for _, change, level in line.told] == [
        ("raised", "notice"),
        ("escalated", "caution"),
        ("escalated", "alert"),
        ("escalated", "critical"),
    ]
    assert len({event.alert_id for event in line.events}) == 1
    assert len({event.event_id for event in line.events}) == 4


def test_a_single_bad_frame_raises_nothing() -> None:
    line = Timeline()
    line.feed(0, [1.0] * 20 + [9.0] + [1.0] * 20)
    assert line.told == []


def test_a_dip_below_the_threshold_begins_the_dwell_anew() -> None:
    line = Timeline()
    line.feed(0, [4.2] * 8 + [3.9] + [4.2] * 12)
    assert line.told == [(19, "raised", "alert")]


def test_alarm_stays_open_when_density_dips_below_threshold_for_less_than_the_dwell() -> None:
    line = Timeline()
    line.hold(5.5, 0, 10)
    line.hold(0.5, 11, 69)
    line.hold(5.5, 70, 80)
    line.hold(0.5, 81, 140)
    assert [change for _, change, _ in line.told] == ["raised"]
    line.hold(0.5, 141, 141)
    assert line.told[-1] == (141, "cleared", "clear")
    assert "below 4.2 for 60 s" in line.events[-1].because


def test_a_figure_between_the_two_marks_changes_nothing() -> None:
    line = Timeline()
    line.hold(4.2, 0, 10)
    line.hold(3.5, 11, 300)  # 15 % below 4 is 3.4
    assert ("raised", "alert") in {(change, level) for _, change, level in line.told}
    assert not any(change in ("lowered", "cleared") for _, change, _ in line.told)


def test_a_level_is_lowered_when_only_the_higher_marks_have_been_left() -> None:
    line = Timeline()
    line.hold(5.5, 0, 40)
    line.hold(2.5, 41, 101)
    assert [(change, level) for _, change, level in line.told][-1] == ("lowered", "notice")


def test_the_worse_of_mean_and_peak_is_judged_and_both_are_told() -> None:
    line = Timeline()
    line.hold(1.0, 0, 10, peak=5.4)
    assert line.told == [(10, "raised", "critical")]
    assert line.events[0].because == "5.4 people/m² over 3 m × 3 m (region 1.0) for 10 s, threshold 5.0"


@pytest.mark.parametrize(("judge", "level"), [("mean", "clear"), ("peak", "critical"), ("worst", "critical")])
def test_the_site_chooses_which_figure_is_judged(judge: str, level: str) -> None:
    rules = dataclasses.replace(RegionRules.of(Rules(), Region(polygon_m=OUTLINE)), judge=judge)
    line = Timeline(rules=rules)
    line.hold(1.0, 0, 10, peak=5.4)
    assert line.level(10) == level


def test_low_quality_never_lowers_a_level_but_may_raise_one() -> None:
    line = Timeline()
    line.hold(5.5, 0, 10, quality=0.1)
    assert line.told == [(10, "raised", "critical")]
    line.hold(0.0, 11, 400, quality=0.1)
    assert line.told == [(10, "raised", "critical")]


def test_a_gap_holds_the_level_breaks_the_run_and_shows_unknown() -> None:
    line = Timeline()
    line.hold(4.2, 0, 10)
    line.hold(0.5, 11, 50)
    assert line.level(50) == "alert"
    assert line.level(66) == "unknown"
    line.hold(0.5, 110, 140)
    assert line.told == [(10, "raised", "alert")]  # 40 s before the gap and 30 s after it are not 60 s
    line.hold(0.5, 141, 170)
    assert line.told[-1] == (170, "cleared", "clear")


def test_a_region_is_unknown_until_its_first_figure_and_without_any_density() -> None:
    line = Timeline()
    assert line.level(0) == "unknown"
    line.feed(0, [None] * 5)
    assert line.level(4) == "unknown"
    line.hold(0.5, 5, 5)
    assert line.level(5) == "clear"


def test_readings_of_low_quality_leave_a_calm_region_unknown_not_clear() -> None:
    line = Timeline()
    line.hold(0.2, 0, 30, quality=0.0)
    assert line.level(30) == "unknown"


def test_capacity_raises_an_alert_of_its_own() -> None:
    rules = RegionRules.of(Rules(), Region(polygon_m=OUTLINE, capacity_people=100))
    line = Timeline(rules=rules)
    line.hold(1.0, 0, 10, count=120)
    assert [(event.rule, event.level) for event in line.events] == [("capacity", Level.ALERT)]
    assert line.events[0].because == "120 people, capacity 100"
    line.hold(1.0, 11, 71, count=80)
    assert line.events[-1].change is AlertChange.CLEARED


def test_what_the_plan_says_to_do_travels_with_the_alert() -> None:
    actions = {"alert": "open gate B, call 3"}
    region = Region.model_validate({"polygon_m": OUTLINE, "capacity_people": 100, "actions": actions})
    line = Timeline(rules=RegionRules.of(Rules(), region))
    line.hold(4.2, 0, 10, count=120)
    line.hold(1.0, 11, 90, count=50)
    told = [(event.rule, event.change, event.action) for event in line.events]
    for rule in ("levels", "capacity"):
        assert (rule, AlertChange.RAISED, "open gate B, call 3") in told
        assert (rule, AlertChange.CLEARED, None) in told


def test_what_is_to_be_done_at_a_level_is_to_be_done_at_a_higher_one_that_is_raised_at_once() -> None:
    planned = {"notice": "look at it", "alert": "open gate B"}
    rules = RegionRules.of(Rules(), Region.model_validate({"polygon_m": OUTLINE, "actions": planned}))
    line = Timeline(rules=rules)
    line.hold(6.0, 0, 20)
    assert [(event.level, event.action) for event in line.events] == [(Level.CRITICAL, "open gate B")]
    assert rules.actions[Level.CAUTION] == "look at it"


def test_moving_regions_have_lower_levels_and_a_region_may_have_its_own() -> None:
    moving = RegionRules.of(Rules(), Region(polygon_m=OUTLINE, kind="moving"))
    own = RegionRules.of(
        Rules(), Region(polygon_m=OUTLINE, levels=Levels(notice=1, caution=1.1, alert=1.2, critical=1.3))
    )
    assert [moving.threshold(level) for level in (Level.NOTICE, Level.CRITICAL)] == [1.5, 4]
    assert own.threshold(Level.CRITICAL) == 1.3


def test_an_alert_of_a_region_that_left_the_site_file_is_closed_with_the_reason() -> None:
    line = Timeline()
    line.hold(4.2, 0, 10)
    events = unwatched(Subject("s", "gate", "front"), line.state, moment(100))
    assert [(event.change, event.alert_id) for event in events] == [(AlertChange.CLEARED, line.events[0].alert_id)]
    assert "left the site file" in events[0].because


def test_a_wall_clock_that_is_set_back_neither_raises_nor_blocks() -> None:
    line = Timeline()
    line.hold(4.2, 1000, 1005)
    line.hold(4.2, 0, 9)
    assert line.told == []
    line.hold(4.2, 10, 10)
    assert line.told == [(10, "raised", "alert")]


def test_the_same_history_gives_the_same_ids() -> None:
    first, second = Timeline(), Timeline()
    for line in (first, second):
        line.hold(5.5, 0, 90)
    assert [event.event_id for event in first.events] == [event.event_id for event in second.events]


densities = st.lists(st.one_of(st.floats(0, 9), st.none()), max_size=200)


@given(densities)
def test_raised_comes_first_cleared_last_and_never_two_alerts_at_once(series: list[float | None]) -> None:
    line = Timeline()
    line.feed(0, series)
    is_open = False
    for event in line.events:
        assert (event.change is AlertChange.RAISED) is not is_open
        is_open = event.change is not AlertChange.CLEARED
        assert event.level is not event.previous_level
    assert bool(line.state.open_alerts) is is_open


@given(densities)
def test_nothing_is_raised_that_was_never_reached(series: list[float | None]) -> None:
    line = Timeline()
    line.feed(0, series)
    highest = max((density for density in series if density is not None), default=0.0)
    for event in line.events:
        if event.change in (AlertChange.RAISED, AlertChange.ESCALATED):
            assert highest >= line.rules.threshold(event.level)


@given(st.integers(1, 60), st.floats(5, 9))
def test_every_crowd_above_critical_for_the_dwell_is_critical_whatever_came_before(calm_s: int, density: float) -> None:
    line = Timeline()
    line.hold(0.3, 0, calm_s - 1)
    line.hold(density, calm_s, calm_s + 10)
    assert line.level(calm_s + 10) == "critical"


def test_the_state_survives_json() -> None:
    line = Timeline()
    line.hold(4.2, 0, 15)
    assert RegionState.model_validate_json(line.state.model_dump_json()) == line.state


def test_readings_that_come_slowly_still_raise_an_alert() -> None:
    line = Timeline()
    line.feed(0, [8.0] * 4, every_s=6)
    assert ("raised", "critical") in {(change, level) for _, change, level in line.told}


def test_a_gap_breaks_the_clearing_of_a_capacity_alert_too() -> None:
    line = Timeline(rules=RegionRules.of(Rules(), Region(polygon_m=OUTLINE, capacity_people=100)))
    line.hold(1.0, 0, 10, count=120)
    line.hold(1.0, 11, 11, count=10)
    line.hold(1.0, 290, 300, count=10)
    assert [event.change for event in line.events] == [AlertChange.RAISED]


def test_a_figure_of_the_future_is_not_believed_when_the_clock_was_set_back() -> None:
    line = Timeline()
    line.hold(0.5, 4000, 4005)
    line.hold(0.5, 0, 20, quality=0.0)
    assert line.level(20) == "unknown"
