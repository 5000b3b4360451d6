"""What keeps an alert although its figure has fallen, and what will end it: for who asks why it is still there."""

from __future__ import annotations

from datetime import datetime, timedelta

from crushwatch.messages import RAISED_LEVELS, Hold, Level, RegionReading
from crushwatch.rules import capacity, levels
from crushwatch.rules.latch import Latch
from crushwatch.rules.levels import LevelsState
from crushwatch.rules.settings import RegionRules


def level_hold(rules: RegionRules, state: LevelsState, reading: RegionReading) -> Hold | None:
    """Of the region's level, by the reading that was judged last; None where the density still asks for it."""
    level, density = state.level, levels.asked_density(rules, reading)
    if level is Level.CLEAR or (density is not None and density >= rules.threshold(level)):
        return None
    return Hold(
        rule=levels.RULE,
        level=level,
        value=density,
        below=rules.clears_below(level),
        unit=levels.UNIT,
        for_s=rules.clear_after_s,
        calm_since=state.latches[level].asked_since,
        believed=density is not None and rules.believes(reading),
        then=_level_after(rules, state),
    )


def _level_after(rules: RegionRules, state: LevelsState) -> Level | None:
    """The level to which the region falls if its figure stays as it is; None where no such run has begun."""
    since = state.latches[state.level].asked_since
    if since is None:
        return None
    ends_at = since + timedelta(seconds=rules.clear_after_s)
    lower = RAISED_LEVELS[: RAISED_LEVELS.index(state.level)]
    return next((level for level in reversed(lower) if _is_on_at(rules, level, state, ends_at)), Level.CLEAR)


def _is_on_at(rules: RegionRules, level: Level, state: LevelsState, at: datetime) -> bool:
    """Whether the latch of a level is on then, if what it is asked for now is asked for until then."""
    latch = state.latches[level]
    dwell_s = rules.clear_after_s if latch.on else rules.dwell_s(level)
    switches = latch.asked_since is not None and (at - latch.asked_since).total_seconds() >= dwell_s
    return latch.on is not switches


def capacity_hold(rules: RegionRules, latch: Latch, reading: RegionReading) -> Hold | None:
    """Of too many people; None where they still are."""
    limit, count = rules.capacity_people, capacity.asked_count(rules, reading)
    if limit is None or not latch.on or count >= limit:
        return None
    return Hold(
        rule=capacity.RULE,
        level=Level.ALERT,
        value=count,
        below=capacity.clears_below(rules, limit),
        unit=capacity.UNIT,
        for_s=rules.clear_after_s,
        calm_since=latch.asked_since,
        believed=rules.believes(reading),
        then=_after(latch),
    )


def figure_hold(rules: RegionRules, rule: str, level: Level, latch: Latch, reading: RegionReading) -> Hold | None:
    """Of a rule that looks at several figures: told once its end is near, or while nothing can end it."""
    believed = rules.believes(reading)
    if not latch.on or (believed and latch.asked_since is None):
        return None
    return Hold(
        rule=rule,
        level=level,
        for_s=rules.clear_after_s,
        calm_since=latch.asked_since,
        believed=believed,
        then=_after(latch),
    )


def _after(latch: Latch) -> Level | None:
    """A rule of one latch ends whole, once its end has begun."""
    return None if latch.asked_since is None else Level.CLEAR
