"""Where the density is heading: filtered, with a band, and when it will pass each level.

Two Kalman filters (local linear trend: the density and its slope) run side by side and are mixed by how well each tells
the next figure (interacting multiple models, Blom and Bar-Shalom 1988): one for crowds whose growth hardly changes, one
for those that begin to fill, or stop. The first gives calm forecasts, the second takes over within seconds. Ahead, the
density grows faster and faster for a minute, as crowds do that fill up, and then on by what it grows now.
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
from crushwatch.rules.levels import judged_density, judged_where
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
_FARTHEST = 60.0
"""A figure this many variances off leaves both filters a weight."""
HORIZON_S = 600.0
"""Nobody knows the inflow of ten minutes ahead."""
LOOK_STEP_S = 2.0
FASTER_S, FASTER_UNTIL_S = 120.0, 60.0
"""Growth becomes e times as fast in the first, but only for as long as the second. A crowd that grows evenly is then
foretold 11 s too early at 60 s, 18 s beyond; of all crowds the mean error falls by a seventh (docs/measurement.md)."""
BAND_SIGMAS = 1.645
"""90 % of a normal distribution."""
SURE_SIGMAS = 2.5
"""An alert asks for more: the slope must be this far above 0."""
LEAVING_SHARE = 0.9
"""Below this share of the filter window's median, its newer half tells of a fall: more go out than come in."""

RELATIVE_NOISE = 0.12
ABSOLUTE_NOISE_PER_M2 = 0.12
"""What a filtered figure is off by: a share of itself (the shipped model's), and people who come and go."""
FIRST_SLOPE_PER_M2_S = 0.02
"""How fast a crowd may already grow when it is first seen: 1.2 people per m2 a minute."""
DRIFTS = np.array([3e-7, 1e-4])
"""Variance a second by which the slope wanders, (people per m2)^2 s^-3: of an even crowd, in a minute by a quarter of a
person per m2 and minute; of one that begins to fill, in twenty seconds by 2.7 (docs/measurement.md)."""
CHANGES = np.array([[0.99, 0.01], [0.1, 0.9]])
"""From one figure to the next: even crowds begin to change after two minutes or so, changes are over in ten seconds."""
FIRST_WEIGHTS = np.array([0.9, 0.1])

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Trend:
    """What the filters remember of one region.

    means: (2, 2) density and slope a second, by filter    covariances: (2, 2, 2)    weights: (2,) which filter is right
    """

    means: Floats
    covariances: Floats
    weights: Floats
    began_at: datetime
    at: datetime
    readings: int

    @property
    def mean(self) -> Floats:
        """(2,) density and slope a second, both filters together."""
        return np.asarray(self.weights @ self.means)

    @property
    def covariance(self) -> Floats:
        """(2, 2) of the mean: what each filter is unsure of, and what they differ by."""
        apart = self.means - self.mean
        spread = self.covariances + np.einsum("fi,fj->fij", apart, apart)
        return np.asarray(np.einsum("f,fij->ij", self.weights, spread))


def follow(trend: Trend | None, density_per_m2: float, now: datetime) -> Trend:
    """The trend after one more figure. Begins anew after a gap or where the clock was set back."""
    step_s = -1.0 if trend is None else (now - trend.at).total_seconds()
    if trend is None or not 0 <= step_s <= LONGEST_GAP_S:
        return _begin(density_per_m2, now)
    if step_s < SHORTEST_STEP_S:
        return trend
    means, covariances, weights = _ahead(trend, step_s)
    off = density_per_m2 - means[:, 0]
    spread = covariances[:, 0, 0] + _noise(means[:, 0])
    gain = covariances[:, :, 0] / spread[:, None]
    weights = weights * np.exp(-0.5 * np.minimum(off**2 / spread, _FARTHEST)) / np.sqrt(spread)
    return Trend(
        means=means + gain * off[:, None],
        covariances=covariances - np.einsum("fi,fj->fij", gain, covariances[:, 0, :]),
        weights=weights / weights.sum(),
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
    slope, slope_sigma = 60 * float(trend.mean[1]), 60 * math.sqrt(max(0.0, float(trend.covariance[1, 1])))
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
        dense = (judged_density(rules, reading) or 0.0) >= foreseen_above_per_m2(rules)
        near = in_s is not None and in_s <= setting.within_s and _surely_rises(forecast) and not _people_leave(reading)
        far = in_s is None or in_s > 2 * setting.within_s
        latch = hold(
            latch,
            reached=near and dense,
            left=far and rules.believes(reading),
            raise_s=setting.for_s,
            clear_s=rules.clear_after_s,
            now=now,
        )
    return latch, Verdict(
        level=Level.ALERT if latch.on else Level.CLEAR,
        because=_because(reading, setting.level, f"{threshold:.1f} {DENSITY_UNIT}{judged_where(rules, reading)}"),
        value=in_s,
        threshold=setting.within_s,
        unit=UNIT,
    )


def foreseen(forecast: Forecast | None, level: Level) -> LevelForecast | None:
    """When that level will be passed; None where it is not foreseen."""
    return None if forecast is None else next((ahead for ahead in forecast.levels if ahead.level is level), None)


def seconds_to(forecast: Forecast | None, level: Level) -> float | None:
    """In how many seconds that level will be passed; None where it is not foreseen."""
    found = foreseen(forecast, level)
    return None if found is None else found.in_s


def foreseen_above_per_m2(rules: RegionRules) -> float:
    """Nothing is foreseen below: half of the level, where the site does not say otherwise."""
    above = rules.forecast.above_per_m2
    return rules.threshold(rules.forecast.level) / 2 if above is None else above


def _people_leave(reading: RegionReading) -> bool:
    """A crowd that comes all at once packs a corner while the region empties again: that does not go on.

    By medians, and not by the last frame: the network's own jitter would break every run of `for_s`.
    """
    density, newest = reading.density_per_m2, reading.newest_density_per_m2
    return density is not None and newest is not None and newest < LEAVING_SHARE * density


def _surely_rises(forecast: Forecast) -> bool:
    sigma = (forecast.rate_per_m2_per_min - forecast.rate_low_per_m2_per_min) / BAND_SIGMAS
    return forecast.rate_per_m2_per_min > SURE_SIGMAS * sigma


def _because(reading: RegionReading, level: Level, goal: str) -> str:
    forecast = reading.forecast
    found = foreseen(forecast, level)
    if forecast is None or found is None:
        return f"no longer heading for {goal}"
    latest = "unsure" if found.latest_s is None else f"{found.latest_s:.0f} s"
    return (
        f"will pass {goal} in {found.in_s:.0f} s ({found.earliest_s:.0f} s to {latest}), "
        f"at {forecast.density_per_m2:.1f} rising {forecast.rate_per_m2_per_min:.1f} a minute"
    )


def _begin(density_per_m2: float, now: datetime) -> Trend:
    first = np.diag([float(_noise(np.array(density_per_m2))), FIRST_SLOPE_PER_M2_S**2])
    return Trend(np.array([[density_per_m2, 0.0]] * 2), np.array([first] * 2), FIRST_WEIGHTS, now, now, 1)


def _noise(density_per_m2: Floats) -> Floats:
    """The variance of a figure."""
    return np.asarray((RELATIVE_NOISE * np.maximum(density_per_m2, 0.0)) ** 2 + ABSOLUTE_NOISE_PER_M2**2)


def _ahead(trend: Trend, step_s: float) -> tuple[Floats, Floats, Floats]:
    """Means, covariances and weights before the next figure: filters mixed as crowds change, then moved on."""
    weights = trend.weights @ CHANGES
    share = CHANGES * trend.weights[:, None] / weights
    means = share.T @ trend.means
    apart = trend.means[:, None] - means[None]
    spread = trend.covariances[:, None] + np.einsum("fgi,fgj->fgij", apart, apart)
    move = np.array([[1.0, step_s], [0.0, 1.0]])
    drift = np.array([[step_s**3 / 3, step_s**2 / 2], [step_s**2 / 2, step_s]])
    mixed = np.einsum("fg,fgij->gij", share, spread)
    return means @ move.T, move @ mixed @ move.T + DRIFTS[:, None, None] * drift, weights


def _density_ahead(trend: Trend, ahead_s: Floats) -> tuple[Floats, Floats]:
    """Density and its standard deviation at each moment ahead."""
    (density, slope), ((var_density, both), (_, var_slope)) = trend.mean, trend.covariance
    grown_s = _grown_s(ahead_s)
    variance = var_density + 2 * both * grown_s + var_slope * grown_s**2
    variance += float(trend.weights @ DRIFTS) * ahead_s**3 / 3
    return density + slope * grown_s, np.sqrt(np.maximum(variance, 0.0))


def _grown_s(ahead_s: Floats) -> Floats:
    """How many seconds of today's growth come together until each moment ahead."""
    near_s = np.minimum(ahead_s, FASTER_UNTIL_S)
    return np.asarray(FASTER_S * np.expm1(near_s / FASTER_S) + ahead_s - near_s)


def _first_above(densities: Floats, ahead_s: Floats, threshold: float) -> float | None:
    above = np.flatnonzero(densities >= threshold)
    return float(ahead_s[above[0]]) if len(above) else None
