"""What holds an alert whose figure has fallen, and what will end it, is told by the judge that decides."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crushwatch.messages import Band, Hold, Level
from support.timeline import Timeline, moment, reading


def only(line: Timeline) -> Hold:
    (hold,) = line.held
    return hold


def critical() -> Timeline:
    """A region at critical since its tenth second."""
    line = Timeline()
    line.hold(5.5, 0, 10)
    assert line.level(10) == "critical"
    return line


def test_an_alert_that_its_figure_asks_for_is_not_held() -> None:
    assert critical().held == ()
    calm = Timeline()
    calm.hold(0.5, 0, 100)
    assert calm.held == ()


def test_a_figure_below_the_mark_says_since_when_and_for_how_long_it_must_be() -> None:
    line = critical()
    line.hold(1.2, 11, 36)
    hold = only(line)
    assert (hold.rule, hold.level, hold.value) == ("levels", Level.CRITICAL, 1.2)
    assert hold.below == pytest.approx(4.25)
    assert (hold.calm_since, hold.for_s, hold.believed) == (moment(11), 60, True)


def test_a_figure_between_the_marks_ends_nothing_and_says_so() -> None:
    line = critical()
    line.hold(4.6, 11, 300)
    assert (only(line).value, only(line).calm_since, only(line).believed) == (4.6, None, True)


def test_a_figure_that_is_not_believed_is_told_apart_from_one_that_is_not_calm_for_long_enough() -> None:
    line = critical()
    line.hold(1.2, 11, 30)
    line.hold(1.2, 31, 40, quality=0.1)
    assert (only(line).calm_since, only(line).believed) == (None, False)
    line.hold(1.2, 41, 50)
    assert (only(line).calm_since, only(line).believed) == (moment(41), True)


def test_a_level_without_a_density_is_held_by_what_cannot_be_believed() -> None:
    line = critical()
    line.feed(11, [None] * 5)
    assert (only(line).value, only(line).calm_since, only(line).believed) == (None, None, False)


def test_once_the_highest_level_has_ended_the_next_one_says_what_holds_it() -> None:
    line = Timeline()
    line.hold(5.5, 0, 40)
    line.hold(3.5, 41, 60)
    line.hold(3.0, 61, 101)
    hold = only(line)
    assert (hold.level, hold.calm_since) == (Level.ALERT, moment(61))
    assert hold.below == pytest.approx(3.4)


def test_a_figure_that_still_asks_for_a_lower_level_says_that_this_follows() -> None:
    line = critical()
    line.hold(4.1, 11, 36)
    assert (only(line).level, only(line).then) == (Level.CRITICAL, Level.ALERT)
    line.hold(4.1, 37, 71)
    assert line.told[-1] == (71, "lowered", "alert")


def test_a_figure_that_is_calm_for_all_levels_says_that_it_ends() -> None:
    line = critical()
    line.hold(1.2, 11, 36)
    assert only(line).then is Level.CLEAR
    line.hold(1.2, 37, 71)
    assert line.told[-1] == (71, "cleared", "clear")


def test_a_lower_level_whose_calm_began_later_follows_for_a_while() -> None:
    line = critical()
    line.hold(3.8, 11, 30)
    assert only(line).then is Level.ALERT
    line.hold(1.2, 31, 60)
    assert (only(line).calm_since, only(line).then) == (moment(11), Level.ALERT)


def test_nothing_follows_while_nothing_has_begun_to_end() -> None:
    line = critical()
    line.hold(4.6, 11, 30)
    assert only(line).then is None


def test_with_certainty_the_end_of_the_interval_is_what_holds() -> None:
    line = critical()
    line.rules = dataclasses.replace(line.rules, certainty="upper")
    band = Band(count_low=30, count_high=50, density_low_per_m2=3.0, density_high_per_m2=4.6)
    line.see(reading(11, 3.8, band=band))
    assert (only(line).value, only(line).calm_since) == (4.6, None)


def test_too_many_people_are_held_until_they_are_fewer_for_long_enough() -> None:
    line = Timeline()
    line.rules = dataclasses.replace(line.rules, capacity_people=100)
    line.hold(0.5, 0, 10, count=120)
    assert line.held == ()
    line.hold(0.5, 11, 20, count=70)
    hold = only(line)
    assert (hold.rule, hold.level, hold.value, hold.below) == ("capacity", Level.ALERT, 70, 85)
    assert (hold.calm_since, hold.then) == (moment(11), Level.CLEAR)


def test_a_rule_of_several_figures_is_told_of_once_its_end_is_near() -> None:
    line = Timeline()
    for second in range(61):
        rate = 1.5 if second <= 20 else 0.0
        line.see(reading(second, 2.3).model_copy(update={"rate_per_m2_per_min": rate}))
    hold = next(hold for hold in line.held if hold.rule == "rise")
    assert (hold.level, hold.below, hold.calm_since, hold.for_s) == (Level.CAUTION, None, moment(21), 60)
    assert hold.then is Level.CLEAR


@given(st.lists(st.sampled_from([0.5, 3.2, 3.9, 4.6, 5.5]), min_size=3, max_size=12), st.integers(1, 30))
def test_what_is_told_comes_true_to_the_second_if_it_stays_calm(densities: list[float], each_s: int) -> None:
    line = Timeline()
    end = line.feed(0, [density for density in densities for _ in range(each_s)])
    hold = next((hold for hold in line.held if hold.calm_since is not None), None)
    if hold is None or hold.calm_since is None:
        return
    ends_at = hold.calm_since + timedelta(seconds=hold.for_s)
    while moment(end) < ends_at:
        line.see(reading(end, 0.5))
        assert line.level(end) == hold.level
        end += 1
    line.see(reading(end, 0.5))
    assert line.level(end) != hold.level


@given(st.lists(st.sampled_from([0.5, 2.2, 3.2, 3.9, 4.1, 4.6, 5.5]), min_size=2, max_size=8), st.integers(1, 30))
def test_what_is_told_to_follow_does_if_the_figure_stays(densities: list[float], each_s: int) -> None:
    line = Timeline()
    end = line.feed(0, [density for density in densities for _ in range(each_s)])
    hold = next((hold for hold in line.held if hold.rule == "levels" and hold.calm_since is not None), None)
    if hold is None or hold.calm_since is None:
        return
    while line.state.levels.level is hold.level:
        line.see(reading(end, densities[-1]))
        end += 1
    assert moment(end - 1) == hold.calm_since + timedelta(seconds=hold.for_s)
    assert line.state.levels.level is hold.then
