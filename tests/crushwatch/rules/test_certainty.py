from __future__ import annotations

import dataclasses

import pytest

from crushwatch.messages import Band, Level
from crushwatch.rules import RegionRules
from crushwatch.site import Region, Rules
from crushwatch.site.rule import Certainty
from support.timeline import OUTLINE, Timeline

BAND = Band(count_low=92, count_high=118, density_low_per_m2=3.7, density_high_per_m2=4.7)
"""Around 104 people, 4.2 per m2; `alert` begins at 4."""


def rules(certainty: Certainty, region: Region | None = None) -> RegionRules:
    return RegionRules.of(Rules(certainty=certainty), region or Region(polygon_m=OUTLINE))


def line(certainty: Certainty) -> Timeline:
    timeline = Timeline()
    timeline.rules = rules(certainty)
    return timeline


def test_an_alert_carries_the_interval_of_its_figure() -> None:
    timeline = line("estimate")
    timeline.hold(4.2, 0, 10, band=BAND)
    (event,) = timeline.events
    assert (event.value, event.value_low, event.value_high) == (4.2, 3.7, 4.7)
    assert event.because == "4.2 people/m², 3.7 to 4.7, for 10 s, threshold 4.0"


def test_where_the_lower_end_is_asked_for_a_level_waits_until_it_has_surely_passed() -> None:
    timeline = line("lower")
    timeline.hold(4.2, 0, 60, band=BAND)
    assert timeline.told == [(30, "raised", "caution")]
    sure = BAND.model_copy(update={"density_low_per_m2": 4.1, "density_high_per_m2": 5.2})
    timeline.hold(4.6, 61, 75, band=sure)
    assert timeline.told[-1] == (71, "escalated", "alert")
    assert timeline.events[-1].because == ("4.6 people/m², 4.1 to 5.2 (the lower end counts), for 10 s, threshold 4.0")


def test_where_the_upper_end_is_asked_for_a_level_is_raised_as_soon_as_it_may_have_passed() -> None:
    timeline = line("upper")
    timeline.hold(3.6, 0, 10, band=BAND.model_copy(update={"density_high_per_m2": 4.05}))
    assert timeline.told == [(10, "raised", "alert")]


@pytest.mark.parametrize("certainty", ["lower", "upper"])
def test_without_an_interval_the_figure_itself_is_asked_and_the_alert_says_so(certainty: Certainty) -> None:
    timeline = line(certainty)
    timeline.hold(4.2, 0, 10)
    assert timeline.told == [(10, "raised", "alert")]
    assert timeline.events[0].because == "4.2 people/m², its band unknown, for 10 s, threshold 4.0"
    assert timeline.events[0].value_low is None


def test_an_interval_that_is_lost_never_lowers_a_level_that_was_sure() -> None:
    timeline = line("lower")
    timeline.hold(4.6, 0, 20, band=BAND.model_copy(update={"density_low_per_m2": 4.1}))
    timeline.hold(4.6, 21, 200)
    assert timeline.told == [(10, "raised", "alert")]


def test_of_the_worse_of_mean_and_peak_the_worse_ends_count() -> None:
    uneven = BAND.model_copy(update={"peak_density_low_per_m2": 4.05, "peak_density_high_per_m2": 6.0})
    timeline = line("lower")
    timeline.hold(4.2, 0, 10, peak=5.0, band=uneven)
    assert timeline.told == [(10, "raised", "alert")]
    assert timeline.events[0].because.startswith("5.0 people/m² over 3 m × 3 m (region 4.2), 4.0 to 6.0 (the lower")


def test_a_region_may_ask_for_another_certainty_than_its_site() -> None:
    assert rules("lower").certainty == "lower"
    assert rules("lower", Region(polygon_m=OUTLINE, certainty="upper")).certainty == "upper"
    assert rules("estimate").certainty == "estimate"


def test_a_capacity_is_held_against_the_asked_end_of_the_count() -> None:
    timeline = Timeline()
    timeline.rules = dataclasses.replace(rules("lower"), capacity_people=100)
    timeline.hold(1.0, 0, 30, count=104, band=Band(count_low=92, count_high=118))
    assert timeline.told == []
    timeline.hold(1.0, 31, 41, count=120, band=Band(count_low=106, count_high=136))
    (event,) = timeline.events
    assert (event.rule, event.level, event.value_low) == ("capacity", Level.ALERT, 106)
    assert event.because == "120 people, 106 to 136 (the lower end counts), capacity 100"
