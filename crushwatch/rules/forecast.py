"""Where the density is heading: filtered, with a band, and when it will pass each level.

A Kalman filter (local linear trend) on y = log(density + 0.2) keeps the level and the slope of y and their covariance.
The logarithm gives errors in proportion to the density; ahead, the density grows on by what it grows now: a crowd that
fills up under an even inflow grows in a straight line, so that its logarithm would promise too much.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from crushwatch.messages import RAISED_LEVELS, Forecast, Level, LevelForecast, RegionReading
from crushwatch.rules.latch import Latch, hold, interrupted
from crushwatch.rules.levels import UNIT as DENSITY_UNIT
from crushwatch.rules.levels import judged_density
from crushwatch.rules.life import Verdict
from crushwatch.rules.settings import RegionRules

RULE = "forecast"
UNIT = "s"

NEEDS_S = 30.0
"""No forecast from less: a slope over a few seconds is a group walking through."""
NEEDS_READINGS = 10
LONGEST_GAP_S = 15.0
"""After a longer gap everything begins anew."""
SHORTEST_STEP_S = 0.9
"""Figures come filtered over seconds: more of them a second tell nothing new."""
HORIZON_S = 600.0
"""Nobody knows the inflow of ten minutes ahead."""
LOOK_STEP_S = 2.0
BAND_SIGMAS = 1.645
"""90 % of a normal distribution."""
SURE_SIGMAS = 3.0
"""An alert asks for more: the slope must be this far above 0."""

OFFSET_PER_M2 = 0.2
"""Keeps the logarithm of an empty square finite; half a dozen people on 30 m2."""
RELATIVE_NOISE = 0.12
ABSOLUTE_NOISE_PER_M2 = 0.12
"""What a filtered figure is off by: a share of itself (the shipped model's), and people who come and go."""
SLOPE_DRIFT = 3e-7
"""Variance a second by which the slope of y wanders, 1/s^3: in a minute by 0.25 a minute (docs/measurement.md)."""


@dataclass(frozen=True)
class Trend:
    """The filter's memory of one region. mean: (2,) y and its slope a second; covariance: (2, 2)."""

    mean: npt.NDArray[np.float64]
    covariance: npt.NDArray[np.float64]
    began_at: datetime
    at: datetime
    readings: int


def follow(trend: Trend | None, density_per_m2: float, now: datetime) -> Trend:
    """The trend after one more figure. Begins anew after a gap or where the clock was set back."""
    y = math.log(density_per_m2 + OFFSET_PER_M2)
    noise = math.hypot(RELATIVE_NOISE, ABSOLUTE_NOISE_PER_M2 / (density_per_m2 + OFFSET_PER_M2)) ** 2
    step_s = -1.0 if trend is None else (now - trend.at).total_seconds()
    if trend is None or not 0 <= step_s <= LONGEST_GAP_S:
        return Trend(np.array([y, 0.0]), np.diag([noise, 0.02**2]), now, now, 1)
    if step_s < SHORTEST_STEP_S:
        return trend
    mean, covariance = _ahead(trend, step_s)
    gain = covariance[:, 0] / (covariance[0, 0] + noise)
    return Trend(
        mean=mean + gain * (y - mean[0]),
        covariance=covariance - np.outer(gain, covariance[0]),
        began_at=trend.began_at,
        at=now,
        readings=trend.readings + 1,
    )


def foresee(rules: RegionRules, trend: Trend | None) -> Forecast | None:
    """The density now and when it will pass each level above it, each with a 90 % band; None from too little data."""
    if trend is None or trend.readings < NEEDS_READINGS or (trend.at - trend.began_at).total_seconds() < NEEDS_S:
        return None
    ahead_s = np.arange(0.0, HORIZON_S + LOOK_STEP_S, LOOK_STEP_S)
    middle, sigma = _density_ahead(trend, ahead_s)
    low, high = middle - BAND_SIGMAS * sigma, middle + BAND_SIGMAS * sigma
    slope, slope_sigma = _slope_per_m2_per_min(trend)
    return Forecast(
        density_per_m2=max(0.0, float(middle[0])),
        density_low_per_m2=max(0.0, float(low[0])),
        density_high_per_m2=max(0.0, float(high[0])),
        rate_per_m2_per_min=slope,
        rate_low_per_m2_per_min=slope - BAND_SIGMAS * slope_sigma,
        rate_high_per_m2_per_min=slope + BAND_SIGMAS * slope_sigma,
        levels=tuple(
            LevelForecast(
                level=level,
                threshold_per_m2=rules.threshold(level),
                in_s=in_s,
                earliest_s=_first_above(high, ahead_s, rules.threshold(level)) or 0.0,
                latest_s=_first_above(low, ahead_s, rules.threshold(level)),
            )
            for level in RAISED_LEVELS
            if middle[0] < rules.threshold(level)
            and (in_s := _first_above(middle, ahead_s, rules.threshold(level))) is not None
        ),
    )


def judge_forecast(rules: RegionRules, latch: Latch, reading: RegionReading, now: datetime) -> tuple[Latch, Verdict]:
    """Raises `alert` while the density is about to pass its highest level, and surely rises; holds without a forecast.

    It is over once the level is not foreseen within twice the time: where it was passed, `levels` has its own alert.
    """
    setting, forecast = rules.forecast, reading.forecast
    threshold = rules.threshold(setting.level)
    in_s = seconds_to(forecast, setting.level)
    if forecast is None:
        latch = interrupted(latch)
    else:
        dense = (judged_density(rules, reading) or 0.0) >= setting.above_per_m2
        near = in_s is not None and in_s <= setting.within_s and _surely_rises(forecast)
        far = in_s is None or in_s > 2 * setting.within_s
        latch = hold(
            latch,
            reached=near and dense,
            left=far and reading.quality >= rules.minimum_quality,
            raise_s=setting.for_s,
            clear_s=rules.clear_after_s,
            now=now,
        )
    return latch, Verdict(
        level=Level.ALERT if latch.on else Level.CLEAR,
        because=_because(reading, setting.level, threshold),
        value=in_s,
        threshold=setting.within_s,
        unit=UNIT,
        action=rules.actions.get(Level.ALERT) if latch.on else None,
    )


def foreseen(forecast: Forecast | None, level: Level) -> LevelForecast | None:
    """When that level will be passed; None where it is not foreseen."""
    return None if forecast is None else next((ahead for ahead in forecast.levels if ahead.level is level), None)


def seconds_to(forecast: Forecast | None, level: Level) -> float | None:
    """In how many seconds that level will be passed; None where it is not foreseen."""
    found = foreseen(forecast, level)
    return None if found is None else found.in_s


def _surely_rises(forecast: Forecast) -> bool:
    sigma = (forecast.rate_per_m2_per_min - forecast.rate_low_per_m2_per_min) / BAND_SIGMAS
    return forecast.rate_per_m2_per_min > SURE_SIGMAS * sigma


def _because(reading: RegionReading, level: Level, threshold: float) -> str:
    forecast = reading.forecast
    found = foreseen(forecast, level)
    if forecast is None or found is None:
        return f"no longer heading for {threshold:.1f} {DENSITY_UNIT}"
    latest = "unsure" if found.latest_s is None else f"{found.latest_s:.0f} s"
    return (
        f"will pass {threshold:.1f} {DENSITY_UNIT} in {found.in_s:.0f} s ({found.earliest_s:.0f} s to {latest}); "
        f"now {forecast.density_per_m2:.1f}, rising {forecast.rate_per_m2_per_min:.1f} a minute"
    )


def _ahead(trend: Trend, step_s: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    move = np.array([[1.0, step_s], [0.0, 1.0]])
    drift = SLOPE_DRIFT * np.array([[step_s**3 / 3, step_s**2 / 2], [step_s**2 / 2, step_s]])
    return move @ trend.mean, move @ trend.covariance @ move.T + drift


def _density_ahead(
    trend: Trend, ahead_s: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Density and its standard deviation at each moment ahead: d(t) = exp(y) (1 + s t) - 0.2, linearised in y and s."""
    scale = math.exp(trend.mean[0])
    middle = scale * (1 + trend.mean[1] * ahead_s) - OFFSET_PER_M2
    by_y, by_slope = scale * (1 + trend.mean[1] * ahead_s), scale * ahead_s
    (var_y, both), (_, var_slope) = trend.covariance
    variance = by_y**2 * var_y + 2 * by_y * by_slope * both + by_slope**2 * var_slope
    variance += scale**2 * SLOPE_DRIFT * ahead_s**3 / 3
    return middle, np.sqrt(np.maximum(variance, 0.0))


def _slope_per_m2_per_min(trend: Trend) -> tuple[float, float]:
    scale = 60 * math.exp(trend.mean[0])
    (var_y, both), (_, var_slope) = trend.covariance
    variance = trend.mean[1] ** 2 * var_y + 2 * trend.mean[1] * both + var_slope
    return scale * float(trend.mean[1]), scale * math.sqrt(max(0.0, float(variance)))


def _first_above(
    densities: npt.NDArray[np.float64], ahead_s: npt.NDArray[np.float64], threshold: float
) -> float | None:
    above = np.flatnonzero(densities >= threshold)
    return float(ahead_s[above[0]]) if len(above) else None
