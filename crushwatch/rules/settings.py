"""The rules of one region: the site's defaults with the region's own on top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crushwatch.messages import RAISED_LEVELS, Level, RegionReading
from crushwatch.site import (
    Actions,
    CompressionRule,
    CounterflowRule,
    ForecastRule,
    Levels,
    PressureRule,
    RaiseAfter,
    Region,
    RiseRule,
    Rules,
    StandstillRule,
)
from crushwatch.site.rule import Certainty


@dataclass(frozen=True)
class RegionRules:
    """Thresholds in people per square metre, times in seconds."""

    levels: Levels
    judge: Literal["worst", "mean", "peak"]
    certainty: Certainty
    hysteresis: float
    raise_after_s: RaiseAfter
    clear_after_s: float
    stale_after_s: float
    unknown_after_s: float
    minimum_quality: float
    capacity_people: float | None
    actions: dict[Level, str]
    rise: RiseRule
    forecast: ForecastRule
    pressure: PressureRule
    compression: CompressionRule
    standstill: StandstillRule
    counterflow: CounterflowRule

    @staticmethod
    def of(rules: Rules, region: Region | None) -> RegionRules:
        """`region` None: the whole picture, with the site's levels for standing people."""
        region = region or _WHOLE_PICTURE
        return RegionRules(
            levels=region.levels_by(rules),
            judge=rules.judge,
            certainty=region.certainty or rules.certainty,
            hysteresis=rules.hysteresis if region.hysteresis is None else region.hysteresis,
            raise_after_s=region.raise_after_s or rules.raise_after_s,
            clear_after_s=rules.clear_after_s if region.clear_after_s is None else region.clear_after_s,
            stale_after_s=rules.stale_after_s,
            unknown_after_s=rules.unknown_after_s,
            minimum_quality=rules.minimum_quality,
            capacity_people=region.capacity_people,
            actions=_actions_by_level(region.actions),
            rise=rules.rise,
            forecast=rules.forecast,
            pressure=rules.pressure,
            compression=rules.compression,
            standstill=rules.standstill,
            counterflow=rules.counterflow,
        )

    def threshold(self, level: Level) -> float:
        """People per square metre from which `level` is raised."""
        threshold: float = getattr(self.levels, level.value)
        return threshold

    def clears_below(self, level: Level) -> float:
        """People per square metre below which `level` ends, after a while."""
        return self.threshold(level) * (1 - self.hysteresis)

    def believes(self, reading: RegionReading) -> bool:
        """Whether the figures are good enough to end an alert, and to call a region clear."""
        return reading.quality >= self.minimum_quality

    def dwell_s(self, level: Level) -> float:
        """Seconds for which a figure must stay there before `level` is raised."""
        dwell_s: float = getattr(self.raise_after_s, level.value)
        return dwell_s

    def raises(self, rule: str) -> bool:
        """Whether `rise`, `forecast`, `pressure` ... raises alerts, or is only shown as a sign."""
        alerts: bool = getattr(self, rule).alerts
        return alerts


_WHOLE_PICTURE = Region(polygon_px=((0, 0), (1, 0), (1, 1)))


def _actions_by_level(planned: Actions) -> dict[Level, str]:
    """What is to be done at a level is also to be done at a higher one that has no action of its own.

    >>> {level.value: text for level, text in _actions_by_level(Actions(alert="open gate B")).items()}
    {'alert': 'open gate B', 'critical': 'open gate B'}
    """
    actions: dict[Level, str] = {}
    text: str | None = None
    for level in RAISED_LEVELS:
        text = getattr(planned, level.value) or text
        if text:
            actions[level] = text
    return actions
