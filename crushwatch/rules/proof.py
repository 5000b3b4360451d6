"""What a reading alone proves of alerts, whatever became of the events that told of them.

A region that its worker calls clear has no alert of its levels or its capacity; one that shows a level has one. Of the
other rules a reading does not say that they have ended.
"""

from __future__ import annotations

from crushwatch.messages import Level, RegionReading
from crushwatch.rules import capacity, levels
from crushwatch.rules.life import Verdict
from crushwatch.rules.settings import RegionRules

OF_THE_LEVEL = (levels.RULE, capacity.RULE)
"""The rules that make a region's level."""


def calm_rules(rules: RegionRules, reading: RegionReading) -> frozenset[str]:
    """`levels` and `capacity`, each where the figure is believed and below the mark that ends the rule."""
    if reading.level is not Level.CLEAR or not rules.believes(reading):
        return frozenset()
    calm = {levels.RULE: _is_sparse(rules, reading), capacity.RULE: _has_room(rules, reading)}
    return frozenset(rule for rule, is_calm in calm.items() if is_calm)


def shown(rules: RegionRules, reading: RegionReading, level: Level) -> tuple[str, Verdict]:
    """Which rule makes the level that a reading shows, and what that rule says: `capacity`, which is an alert, where
    the region is full and its density does not make the level; else `levels`. What its worker holds, it makes.
    """
    held = {hold.rule for hold in reading.holds or () if hold.level is level}
    is_dense = levels.RULE in held or _is_dense(rules, reading, level)
    is_full = capacity.RULE in held or not _has_room(rules, reading)
    limit = rules.capacity_people
    if limit is not None and level is Level.ALERT and is_full and not is_dense:
        return capacity.RULE, capacity.verdict(rules, reading, limit, is_on=True)
    return levels.RULE, levels.shown_verdict(rules, reading, level)


def _is_dense(rules: RegionRules, reading: RegionReading, level: Level) -> bool:
    density = levels.asked_density(rules, reading)
    return density is not None and density >= rules.clears_below(level)


def _is_sparse(rules: RegionRules, reading: RegionReading) -> bool:
    density = levels.asked_density(rules, reading)
    return density is not None and density < rules.clears_below(Level.NOTICE)


def _has_room(rules: RegionRules, reading: RegionReading) -> bool:
    limit = rules.capacity_people
    return limit is None or capacity.asked_count(rules, reading) < capacity.clears_below(rules, limit)
