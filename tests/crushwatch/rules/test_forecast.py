from __future__ import annotations

import math
import re
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crushwatch.messages import Forecast, Level
from crushwatch.regions import Measurement
from crushwatch.regions import Trend as Smoother
from crushwatch.rules import RegionRules, Trend, follow, foresee
from crushwatch.rules.forecast import foreseen_above_per_m2, seconds_to
from crushwatch.site import ForecastRule, Region, Rules
from support.timeline import OUTLINE, Timeline, moment, reading

RULES = RegionRules.of(Rules(), Region(polygon_m=OUTLINE))


def followed(densities: Iterable[float], *, every_s: float = 1.0, trend: Trend | None = None) -> Trend:
    for number, density in enumerate(densities):
        trend = follow(trend, density, moment(number * every_s))
    assert trend is not None
    return trend


def forecast_of(densities: Iterable[float]) -> Forecast:
    found = foresee(RULES, followed(densities))
    assert found is not None
    return found


def ramp(per_min: float, start: float, seconds: int) -> list[float]:
    return [start + per_min * second / 60 for second in range(seconds)]


@pytest.mark.parametrize("per_min", [0.5, 1.0, 2.0])
def test_an_even_rise_is_foreseen_to_the_minute(per_min: float) -> None:
    densities = ramp(per_min, 1.0, 90)
    foreseen = forecast_of(densities)
    true_s = (5 - densities[-1]) / per_min * 60
    critical = next(each for each in foreseen.levels if each.level is Level.CRITICAL)
    assert critical.in_s == pytest.approx(true_s, rel=0.3)
    assert critical.earliest_s <= true_s <= (critical.latest_s or 1e9)
    assert foreseen.rate_per_m2_per_min == pytest.approx(per_min, rel=0.35)
    assert foreseen.rate_low_per_m2_per_min < per_min < foreseen.rate_high_per_m2_per_min


@pytest.mark.parametrize("ahead_s", [40, 60])
def test_a_rise_that_goes_ever_faster_is_not_foreseen_along_a_straight_line(ahead_s: int) -> None:
    densities = [5 * math.exp((second - 149 - ahead_s) / 120) for second in range(150)]
    critical = next(each for each in forecast_of(densities).levels if each.level is Level.CRITICAL)
    assert critical.in_s == pytest.approx(ahead_s, rel=0.3)


def test_nothing_is_foreseen_from_less_than_half_a_minute() -> None:
    assert foresee(RULES, None) is None
    assert foresee(RULES, followed(ramp(2.0, 1.0, 29))) is None
    assert foresee(RULES, followed(ramp(2.0, 1.0, 9), every_s=4.0)) is None  # too few figures
    assert foresee(RULES, followed(ramp(2.0, 1.0, 32))) is not None


def test_a_gap_begins_anew_and_so_does_a_clock_that_is_set_back() -> None:
    before = followed(ramp(2.0, 1.0, 60))
    assert foresee(RULES, follow(before, 3.0, moment(59 + 16))) is None
    assert foresee(RULES, follow(before, 3.0, moment(5))) is None
    assert foresee(RULES, follow(before, 3.0, moment(59 + 10))) is not None


def test_figures_that_come_many_a_second_change_nothing() -> None:
    often = followed([density for density in ramp(1.0, 2.0, 60) for _ in range(10)], every_s=0.1)
    once = followed(ramp(1.0, 2.0, 60))
    assert often.readings == pytest.approx(once.readings, rel=0.15)
    assert often.mean == pytest.approx(once.mean, abs=0.05)


def test_an_even_crowd_heads_nowhere() -> None:
    foreseen = forecast_of([3.0] * 120)
    assert seconds_to(foreseen, Level.CRITICAL) is None
    assert foreseen.density_per_m2 == pytest.approx(3.0, rel=0.01)
    assert foreseen.density_low_per_m2 < 3.0 < foreseen.density_high_per_m2


def test_levels_that_are_passed_are_not_foreseen() -> None:
    assert {each.level for each in forecast_of(ramp(2.0, 1.5, 90)).levels} == {Level.CRITICAL}


def test_a_falling_density_passes_nothing() -> None:
    assert forecast_of([4.0 - second / 40 for second in range(90)]).levels == ()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 9), min_size=31, max_size=120))
def test_every_forecast_is_in_order_whatever_came_before(densities: list[float]) -> None:
    foreseen = forecast_of(densities)
    assert 0 <= foreseen.density_low_per_m2 <= foreseen.density_per_m2 <= foreseen.density_high_per_m2
    times = [each.in_s for each in foreseen.levels]
    assert times == sorted(times)
    for each in foreseen.levels:
        assert each.earliest_s <= each.in_s
        assert each.latest_s is None or each.in_s <= each.latest_s
        assert each.threshold_per_m2 > foreseen.density_per_m2


@settings(max_examples=40, deadline=None)
@given(st.floats(0.3, 3.0), st.integers(0, 1000))
def test_the_covariance_stays_one(per_min: float, seed: int) -> None:
    noise = np.random.default_rng(seed).normal(1, 0.1, 200)
    trend = followed(np.maximum(0, np.array(ramp(per_min, 0.5, 200)) * noise).tolist())
    assert trend.covariance == pytest.approx(trend.covariance.T)
    assert np.linalg.eigvalsh(trend.covariance).min() > 0


def fed(densities: Iterable[float], rules: RegionRules = RULES, **more: float) -> Timeline:
    """Readings with their forecast, as the worker makes them."""
    line, trend = Timeline(rules=rules), None
    for second, density in enumerate(densities):
        trend = follow(trend, density, moment(second))
        message = reading(second, density, **more)
        line.see(message.model_copy(update={"forecast": foresee(rules, trend)}))
    return line


def told(line: Timeline, rule: str = "forecast") -> list[tuple[str, str]]:
    return [(event.change.value, event.level.value) for event in line.events if event.rule == rule]


def test_a_crowd_that_will_be_critical_in_two_minutes_is_told_before_it_is() -> None:
    line = fed(ramp(1.5, 1.0, 200))
    assert told(line) == [("raised", "alert")]
    raised = next(event for event in line.events if event.rule == "forecast")
    assert "will pass 5.0 people/m² in" in raised.because
    assert re.search(r", at \d\.\d rising \d\.\d a minute$", raised.because)  # it is kept: nothing in it is of now
    raised_s = (raised.captured_at - moment(0)).total_seconds()
    assert 160 - raised_s > 60  # critical is passed at second 160


def test_what_is_foreseen_of_the_fullest_part_says_so() -> None:
    line, trend = Timeline(rules=RULES), None
    for second, density in enumerate(ramp(1.5, 1.0, 150)):
        trend = follow(trend, density, moment(second))
        message = reading(second, density / 2, peak=density)
        line.see(message.model_copy(update={"forecast": foresee(RULES, trend)}))
    raised = next(event for event in line.events if event.rule == "forecast")
    assert "will pass 5.0 people/m² over 3 m × 3 m in" in raised.because


def test_a_crowd_that_grows_no_more_is_over_after_a_minute() -> None:
    line = fed(ramp(1.5, 1.0, 110) + [3.7] * 200)
    assert told(line) == [("raised", "alert"), ("cleared", "clear")]


def test_a_growth_that_is_not_sure_raises_nothing() -> None:
    random = np.random.default_rng(3)
    assert told(fed(np.abs(3.0 * random.normal(1, 0.15, 900)).tolist())) == []


def test_growth_in_a_thin_crowd_raises_nothing() -> None:
    assert told(fed(ramp(2.0, 0.0, 58))) == []


def test_nothing_is_foreseen_of_a_crowd_that_came_all_at_once_and_already_leaves() -> None:
    """A corner goes on filling for seconds while the region's mean falls: at an exit, people close up."""
    line, trend = Timeline(rules=RULES), None
    for second, peak in enumerate([0.8] * 60 + ramp(15, 0.8, 20)):
        trend = follow(trend, peak, moment(second))
        mean = 1.0 if second < 65 else 2.0
        message = reading(second, mean, peak=peak).model_copy(update={"forecast": foresee(RULES, trend)})
        leaving = message.model_copy(update={"newest_density_per_m2": 0.85 * mean})
        line.see(leaving if second >= 70 else message)
    assert told(line) == []


def seen_by_a_camera(frames: Iterable[float], *, every_s: float) -> Timeline:
    """Frame by frame through the filters of a worker."""
    line, trend, smooth = Timeline(rules=RULES), None, Smoother(Rules().filter_window_s)
    for number, density in enumerate(frames):
        second = number * every_s
        figures = smooth.add(second, Measurement(10.0, 16.0, density, density))
        assert figures.density_per_m2 is not None
        trend = follow(trend, figures.density_per_m2, moment(second))
        line.see(
            reading(second, figures.density_per_m2).model_copy(
                update={
                    "instant_density_per_m2": density,
                    "newest_density_per_m2": figures.newest_density_per_m2,
                    "forecast": foresee(RULES, trend),
                }
            )
        )
    return line


def first_told_s(line: Timeline) -> float:
    return next(
        (event.captured_at - moment(0)).total_seconds()
        for event in line.events
        if (event.rule, event.change.value) == ("forecast", "raised")
    )


@pytest.mark.parametrize("seed", range(5))
def test_the_jitter_of_single_frames_hardly_delays_a_forecast(seed: int) -> None:
    even = 1.0 + 2.4 / 60 * np.arange(0, 110, 0.5)
    jitter = np.random.default_rng(seed).normal(1, 0.12, len(even))
    smooth_s = first_told_s(seen_by_a_camera(even.tolist(), every_s=0.5))
    assert first_told_s(seen_by_a_camera((even * jitter).tolist(), every_s=0.5)) <= smooth_s + 8


def test_a_crowd_that_stops_growing_or_goes_is_followed_within_seconds() -> None:
    trend = followed([0.9] * 60 + ramp(18, 0.9, 9) + [3.5] * 5 + [0.1] * 12)
    assert trend.mean[0] < 0.6
    assert trend.mean[1] < 0


def test_below_half_of_the_level_nothing_is_foreseen_unless_the_site_says_so() -> None:
    moving = RegionRules.of(Rules(), Region(polygon_m=OUTLINE, kind="moving"))
    own = RegionRules.of(Rules(forecast=ForecastRule(above_per_m2=3.5)), Region(polygon_m=OUTLINE))
    assert [foreseen_above_per_m2(rules) for rules in (RULES, moving, own)] == [2.5, 2.0, 3.5]


def test_a_site_may_have_it_as_a_sign_only() -> None:
    rules = RegionRules.of(Rules(forecast=ForecastRule(alerts=False)), Region(polygon_m=OUTLINE))
    line = fed(ramp(1.5, 1.0, 150), rules)
    assert told(line) == []
    assert line.signs() == ("forecast",)
