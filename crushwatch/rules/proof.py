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
    """Which rule makes the level that a reading shows, and what that rule says: `levels` where the density is not below
    the mark that would have ended the level, else `capacity`, which is an alert, where the region has one.
    """
    density = levels.asked_density(rules, reading)
    is_dense = density is not None and density >= rules.clears_below(level)
    if rules.capacity_people is not None and level is Level.ALERT and not is_dense:
        return capacity.RULE, capacity.verdict(rules, reading, rules.capacity_people, is_on=True)
    return levels.RULE, levels.shown_verdict(rules, reading, level)


def _is_sparse(rules: RegionRules, reading: RegionReading) -> bool:
    density = levels.asked_density(rules, reading)
    return density is not None and density < rules.clears_below(Level.NOTICE)


def _has_room(rules: RegionRules, reading: RegionReading) -> bool:
    limit = rules.capacity_people
    return limit is None or capacity.asked_count(rules, reading) < capacity.clears_below(rules, limit)
