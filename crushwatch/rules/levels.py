"""Density against its four levels: one latch a level; the region is at the highest that is on."""

from __future__ import annotations

from datetime import datetime

from crushwatch.messages import RAISED_LEVELS, Level, RegionReading
from crushwatch.rules.certainty import Interval, asked_figure, in_words
from crushwatch.rules.latch import Latch, State, interrupted, step
from crushwatch.rules.life import Verdict
from crushwatch.rules.settings import RegionRules

RULE = "levels"
UNIT = "people/m²"


class LevelsState(State):
    """The latches, from notice to critical."""

    latches: dict[Level, Latch] = dict.fromkeys(RAISED_LEVELS, Latch())

    @property
    def level(self) -> Level:
        """The highest level that is on; clear if none is."""
        return next((level for level in reversed(RAISED_LEVELS) if self.latches[level].on), Level.CLEAR)


def judged_density(rules: RegionRules, reading: RegionReading) -> float | None:
    """The figure that is held against the levels: mean, peak, or the worse of both. None where there is no density."""
    mean, peak = reading.density_per_m2, reading.peak_density_per_m2
    if mean is None:
        return None
    if peak is None or rules.judge == "mean":
        return mean
    return peak if rules.judge == "peak" else max(mean, peak)


def judged_where(rules: RegionRules, reading: RegionReading) -> str:
    """Where that figure was measured, as words to put after it: nothing for the region's mean."""
    mean, density = reading.density_per_m2, judged_density(rules, reading)
    return "" if mean is None or density is None or density <= mean else " over 3 m × 3 m"


def judged_interval(rules: RegionRules, reading: RegionReading) -> Interval | None:
    """The interval of that figure; of the worse of both it begins at the higher low end and ends at the higher high."""
    band = reading.band
    if band is None or band.density_low_per_m2 is None or band.density_high_per_m2 is None:
        return None
    mean = (band.density_low_per_m2, band.density_high_per_m2)
    if band.peak_density_low_per_m2 is None or band.peak_density_high_per_m2 is None or rules.judge == "mean":
        return mean
    peak = (band.peak_density_low_per_m2, band.peak_density_high_per_m2)
    return peak if rules.judge == "peak" else (max(mean[0], peak[0]), max(mean[1], peak[1]))


def asked_density(rules: RegionRules, reading: RegionReading) -> float | None:
    """That figure, or the end of its interval that the site asks for. None where there is no density."""
    density = judged_density(rules, reading)
    return None if density is None else asked_figure(rules.certainty, density, judged_interval(rules, reading))


def judge_levels(
    rules: RegionRules, state: LevelsState, reading: RegionReading, now: datetime
) -> tuple[LevelsState, Verdict]:
    """One reading further. A reading of low quality may raise a level but never lowers one."""
    density, asked = judged_density(rules, reading), asked_density(rules, reading)
    if asked is None:
        return interrupt_levels(state), _verdict(rules, state, state, reading, density, now)
    believed = rules.believes(reading)
    after = LevelsState(
        latches={level: _step(rules, level, latch, asked, believed, now) for level, latch in state.latches.items()}
    )
    return after, _verdict(rules, state, after, reading, density, now)


def shown_verdict(rules: RegionRules, reading: RegionReading, level: Level) -> Verdict:
    """What the rule says of a reading that shows a raised level, without when that began."""
    density, threshold = judged_density(rules, reading), rules.threshold(level)
    figure = "no density" if density is None else _in_words(rules, reading, density).removesuffix(",")
    because = f"{figure}, threshold {threshold:.1f}"
    return Verdict(level, because, density, judged_interval(rules, reading), threshold, UNIT)


def interrupt_levels(state: LevelsState) -> LevelsState:
    """After a gap in the readings: levels hold, runs begin anew."""
    return LevelsState(latches={level: interrupted(latch) for level, latch in state.latches.items()})


def _step(rules: RegionRules, level: Level, latch: Latch, density: float, believed: bool, now: datetime) -> Latch:
    if latch.on:
        below = density < rules.clears_below(level)
        return step(latch, asks=below and believed, dwell_s=rules.clear_after_s, now=now)
    return step(latch, asks=density >= rules.threshold(level), dwell_s=rules.dwell_s(level), now=now)


def _verdict(
    rules: RegionRules,
    before: LevelsState,
    after: LevelsState,
    reading: RegionReading,
    density: float | None,
    now: datetime,
) -> Verdict:
    level = after.level
    shown = level if level is not Level.CLEAR else before.level
    threshold = None if shown is Level.CLEAR else rules.threshold(shown)
    return Verdict(
        level=level,
        because=_because(rules, before.level, after, reading, density, now),
        value=density,
        interval=judged_interval(rules, reading),
        threshold=threshold,
        unit=UNIT,
    )


def _because(
    rules: RegionRules,
    before: Level,
    after: LevelsState,
    reading: RegionReading,
    density: float | None,
    now: datetime,
) -> str:
    level = after.level
    if density is None or (level is before is Level.CLEAR):
        return ""
    figure = _in_words(rules, reading, density)
    since = after.latches[level].on_since if level is not Level.CLEAR else None
    if since is not None and _is_higher(level, before):
        return f"{figure} for {(now - since).total_seconds():.0f} s, threshold {rules.threshold(level):.1f}"
    mark = rules.clears_below(before) if before is not Level.CLEAR else 0.0
    return f"{figure.removesuffix(',')}, below {mark:.1f} for {rules.clear_after_s:.0f} s"


def _in_words(rules: RegionRules, reading: RegionReading, density: float) -> str:
    """The figure, where it was measured, and its interval where that was asked for."""
    figure = f"{density:.1f} {UNIT}"
    if where := judged_where(rules, reading):
        figure += f"{where} (region {reading.density_per_m2:.1f})"
    return figure + in_words(rules.certainty, judged_interval(rules, reading), 1)


def _is_higher(level: Level, other: Level) -> bool:
    order = (Level.CLEAR, *RAISED_LEVELS)
    return order.index(level) > order.index(other)
