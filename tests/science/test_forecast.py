"""How good the forecast is on crowds that grow, and how often it cries wolf on crowds that do not.

Densities are made, with errors as a network's: 7 % of the figure and 0.05 per m2, correlated over four seconds.
Figures of one run stand in docs/measurement.md.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from crushwatch.messages import Forecast, Level
from crushwatch.rules import RegionRules, Trend, follow, foresee
from crushwatch.site import Region, Rules
from support.timeline import OUTLINE, START, Timeline, reading

pytestmark = pytest.mark.science
RULES = RegionRules.of(Rules(), Region(polygon_m=OUTLINE))
AHEAD_S = 60


def ramp(per_min: float) -> np.ndarray:
    seconds = round(5.7 / per_min * 60)
    return np.concatenate([np.full(120, 0.8), 0.8 + per_min * np.arange(seconds) / 60, np.full(120, 6.5)])


HOUR = np.arange(3600)
GROWING = {f"{rate:g} per m2 a minute": ramp(rate) for rate in (0.3, 0.6, 1.0, 2.0, 3.0)} | {
    "doubling in 62 s": np.minimum(0.5 * 2 ** (np.arange(420) / 62), 7)
}
CALM = {
    "1.5 per m2 for an hour": np.full(3600, 1.5),
    "3.5 per m2 for an hour": np.full(3600, 3.5),
    "1.2 to 2.4 every three minutes": 1.8 + 0.6 * np.sin(2 * np.pi * HOUR / 180),
    "0.8 to 2.8 every ten minutes": 1.8 + 1.0 * np.sin(2 * np.pi * HOUR / 600),
    "1 to 4 and back every ten minutes": np.interp(HOUR % 600, [0, 240, 360, 600], [1, 4, 4, 1]),
}


def noisy(densities: np.ndarray, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    keep = np.exp(-1 / 4)
    errors = random.normal(size=(2, len(densities)))
    for second in range(1, len(densities)):
        errors[:, second] = keep * errors[:, second - 1] + np.sqrt(1 - keep**2) * errors[:, second]
    return np.maximum(0, densities * (1 + 0.07 * errors[0]) + 0.05 * errors[1])


def forecasts(densities: np.ndarray) -> list[Forecast | None]:
    trend: Trend | None = None
    found = []
    for second, density in enumerate(densities):
        trend = follow(trend, float(density), START + timedelta(seconds=second))
        found.append(foresee(RULES, trend))
    return found


def test_the_time_to_a_level_is_foreseen_a_minute_ahead() -> None:
    errors, covered, missed = [], [], 0
    for true in GROWING.values():
        for seed in range(3):
            found = forecasts(noisy(true, seed))
            for level in (Level.CAUTION, Level.ALERT, Level.CRITICAL):
                at = int(np.argmax(true >= RULES.threshold(level))) - AHEAD_S
                if true[at] <= 1.0:  # it had not begun to grow
                    continue
                forecast = found[at]
                ahead = next((each for each in forecast.levels if each.level is level), None) if forecast else None
                if ahead is None:
                    missed += 1
                    continue
                errors.append(abs(ahead.in_s - AHEAD_S))
                covered.append(ahead.earliest_s <= AHEAD_S <= (ahead.latest_s or np.inf))
    share = float(np.mean(covered))
    print({"forecasts": len(errors), "missed": missed, "median_error_s": np.median(errors), "in_band": round(share, 2)})
    assert np.median(errors) < 25
    assert share > 0.8
    assert missed <= len(errors) / 3


def alerts(true: np.ndarray, seed: int) -> int:
    line, trend = Timeline(rules=RULES), None
    for second, density in enumerate(noisy(true, seed)):
        message = reading(second, float(density))
        trend = follow(trend, float(density), message.captured_at)
        line.see(message.model_copy(update={"forecast": foresee(RULES, trend)}))
    return sum(event.rule == "forecast" and event.change.value == "raised" for event in line.events)


@pytest.mark.parametrize("name", CALM)
def test_a_crowd_that_never_gets_critical_is_rarely_foretold_to(name: str) -> None:
    per_hour = alerts(CALM[name], seed=0)
    print(name, {"false_per_hour": per_hour})
    assert per_hour == 0
