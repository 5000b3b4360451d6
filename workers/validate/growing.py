"""Crowds that grow evenly and crowds that only sway, with errors as a network's: what the forecast makes of them.

The scenarios are a handful of crowds. Here are more, as densities: growing by so much a minute or doubling, and others
that come and go and never get critical.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from crushwatch.rules import RegionRules, Trend, follow, foresee
from crushwatch.rules.assess import ForecastScore, Witnessed, score_forecasts
from crushwatch.site import Region, Rules
from workers.replay.run import START

RATES_PER_M2_MIN = (0.3, 0.6, 1.0, 2.0, 3.0)
CALM_S, TOP_PER_M2 = 120, 6.5
NOISE_SHARE, NOISE_PER_M2, NOISE_LASTS_S = 0.07, 0.05, 4.0

Densities = npt.NDArray[np.float64]
"""(seconds,), people per square metre."""


def growing_crowds() -> list[Densities]:
    """Each from quiet to packed."""
    return [_ramp(rate) for rate in RATES_PER_M2_MIN] + [np.minimum(0.5 * 2 ** (np.arange(420) / 62), 7.0)]


def score_growing(seeds: range) -> ForecastScore:
    """All of them, once a seed. No rule is run: false alerts an hour are the scenarios' to tell."""
    rules = RegionRules.of(Rules(), Region(polygon_m=((0, 0), (6, 0), (6, 6), (0, 6))))
    scores = [_score(rules, crowd, seed) for crowd in growing_crowds() for seed in seeds]
    total = ForecastScore()
    for score in scores:
        total = total + score
    return total


def noisy(densities: Densities, seed: int) -> Densities:
    """With errors of 7 % and 0.05 people per square metre that last for seconds."""
    random, keep = np.random.default_rng(seed), np.exp(-1 / NOISE_LASTS_S)
    errors = random.normal(size=(2, len(densities)))
    for second in range(1, len(densities)):
        errors[:, second] = keep * errors[:, second - 1] + np.sqrt(1 - keep**2) * errors[:, second]
    seen: Densities = np.maximum(0, densities * (1 + NOISE_SHARE * errors[0]) + NOISE_PER_M2 * errors[1])
    return seen


def _ramp(per_m2_min: float) -> Densities:
    seconds = round(5.7 / per_m2_min * 60)
    return np.concatenate(
        [np.full(CALM_S, 0.8), 0.8 + per_m2_min * np.arange(seconds) / 60, np.full(CALM_S, TOP_PER_M2)]
    )


def _score(rules: RegionRules, true: Densities, seed: int) -> ForecastScore:
    trend: Trend | None = None
    timeline = []
    for second, (density, seen) in enumerate(zip(true, noisy(true, seed), strict=True)):
        trend = follow(trend, float(seen), START + timedelta(seconds=second))
        timeline.append(Witnessed(float(second), float(density), float(density), foresee(rules, trend)))
    return replace(score_forecasts(rules, timeline), hours=0.0)
