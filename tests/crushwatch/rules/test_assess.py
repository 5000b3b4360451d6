"""The judge of the judges: leads, errors and false alarms of timelines made by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crushwatch.messages import AlertChange, AlertEvent, Forecast, Level, LevelForecast
from crushwatch.rules import RegionRules
from crushwatch.rules.assess import (
    Timeline,
    Witnessed,
    false_alarms,
    false_per_hour,
    hours,
    leads_s,
    passings_s,
    score_forecasts,
)
from crushwatch.site import Region, Rules
from support.timeline import OUTLINE, moment

RULES = RegionRules.of(Rules(), Region(polygon_m=OUTLINE))


def event(second: int, rule: str = "levels", level: Level = Level.ALERT, alert: str = "a") -> AlertEvent:
    return AlertEvent(
        event_id=f"{second}{rule}", alert_id=alert, site="s", camera="c", region="front", rule=rule,
        change=AlertChange.RAISED, level=level, previous_level=Level.CLEAR, because="",
        captured_at=moment(second), published_at=moment(second),
    )  # fmt: skip


def forecast(level: Level, in_s: float, spread_s: float = 10.0) -> Forecast:
    ahead = LevelForecast(
        level=level, threshold_per_m2=5, in_s=in_s, earliest_s=max(0, in_s - spread_s), latest_s=in_s + spread_s
    )
    return Forecast(
        density_per_m2=2, density_low_per_m2=1, density_high_per_m2=3, rate_per_m2_per_min=1,
        rate_low_per_m2_per_min=0, rate_high_per_m2_per_min=2, levels=(ahead,),
    )  # fmt: skip


def timeline(
    density_at: Callable[[int], float],
    end: int,
    *events: AlertEvent,
    foreseen: dict[int, Forecast] | None = None,
) -> Timeline:
    """One moment a second; the 3 m x 3 m peak is one per m2 above the mean."""
    seconds = {second: [each for each in events if each.captured_at == moment(second)] for second in range(end)}
    return [
        Witnessed(second, density_at(second) - 1, density_at(second), (foreseen or {}).get(second), tuple(told))
        for second, told in seconds.items()
    ]


def rising(second: int) -> float:
    """6 per m2 at second 300."""
    return second / 50


def up_and_down(second: int) -> float:
    """6 per m2 at seconds 60 and 260."""
    return (second % 200) / 10 if second % 200 <= 100 else 20 - (second % 200) / 10


def test_the_lead_is_counted_from_the_first_alert_to_the_passing() -> None:
    told = timeline(rising, 400, event(200, level=Level.CAUTION), event(220), event(250))
    assert leads_s(told) == (80,)
    assert leads_s(told, peak=False) == (130,)
    assert leads_s(told, least=Level.CAUTION) == (100,)
    assert leads_s(told, per_m2=5) == (30,)


def test_an_alert_that_comes_too_late_or_never_has_a_negative_lead() -> None:
    assert leads_s(timeline(rising, 400, event(310))) == (-10,)
    assert leads_s(timeline(rising, 400)) == (-99,)
    assert leads_s(timeline(rising, 200)) == ()
    assert leads_s([]) == ()


def test_every_build_up_needs_an_alert_of_its_own() -> None:
    told = timeline(up_and_down, 400, event(50), event(150), event(255))
    assert passings_s(told, 6) == [60, 260]
    assert leads_s(told) == (10, 260 - 150)
    assert leads_s(timeline(up_and_down, 400, event(50), event(70))) == (10, 260 - 399)


def test_a_density_that_trembles_about_the_mark_passes_it_once() -> None:
    assert passings_s(timeline(lambda second: 6 + 0.5 * (-1) ** second, 100), 6) == [0]


def test_errors_are_those_of_a_minute_before_each_level_was_passed() -> None:
    """3 per m2 is passed at 150, 4 at 200, 5 at 250."""
    foreseen = {
        90: forecast(Level.CAUTION, 75),
        140: forecast(Level.ALERT, 55),
        189: forecast(Level.CRITICAL, 1),
        190: forecast(Level.CRITICAL, 63),
    }
    score = score_forecasts(RULES, timeline(rising, 400, foreseen=foreseen))
    assert score.errors_s == (15, -5, 3)
    assert score.median_error_s == 5
    assert score.in_band == 2
    assert score.missed == 1  # 2 per m2, at 100


def test_a_passing_less_than_a_minute_after_the_beginning_says_nothing_of_forecasts() -> None:
    score = score_forecasts(RULES, timeline(lambda second: 6.0 if second > 30 else 0.0, 100))
    assert (score.errors_s, score.missed, score.median_error_s) == ((), 0, None)


def test_a_forecast_alert_is_false_if_the_level_is_not_passed_in_twice_the_time() -> None:
    near = timeline(rising, 400, event(100, "forecast"))
    assert (score_forecasts(RULES, near).alerts, score_forecasts(RULES, near).false_alerts) == (1, 0)
    far = timeline(rising, 400, event(5, "forecast"))
    assert score_forecasts(RULES, far).false_alerts == 1
    never = timeline(lambda _second: 4.9, 1801, event(100, "forecast"), event(200, "levels", alert="b"))
    assert score_forecasts(RULES, never).false_per_hour == 2
    assert (score_forecasts(RULES, never) + score_forecasts(RULES, near)).alerts == 2


def test_false_alarms_are_counted_once_an_alert() -> None:
    calm = timeline(lambda _second: 1.0, 1801, event(10), event(20), event(900, alert="b"))
    assert false_alarms(calm) == 2
    assert hours(calm) == pytest.approx(0.5)
    assert false_per_hour([calm, calm]) == pytest.approx(4)
    assert false_per_hour([]) == 0
