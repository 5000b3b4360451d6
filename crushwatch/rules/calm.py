"""What a reading alone proves of alerts: that its worker holds none, and that its figures ask for none.

A region that its worker calls clear has no alert of its levels or its capacity. Of the other rules a reading does not
say that they have ended.
"""

from __future__ import annotations

from crushwatch.messages import Level, RegionReading
from crushwatch.rules import capacity, levels
from crushwatch.rules.settings import RegionRules


def calm_rules(rules: RegionRules, reading: RegionReading) -> frozenset[str]:
    """`levels` and `capacity`, each where the figure is believed and below the mark that ends the rule."""
    if reading.level is not Level.CLEAR or not rules.believes(reading):
        return frozenset()
    calm = {levels.RULE: _is_sparse(rules, reading), capacity.RULE: _has_room(rules, reading)}
    return frozenset(rule for rule, is_calm in calm.items() if is_calm)


def _is_sparse(rules: RegionRules, reading: RegionReading) -> bool:
    density = levels.asked_density(rules, reading)
    return density is not None and density < rules.clears_below(Level.NOTICE)


def _has_room(rules: RegionRules, reading: RegionReading) -> bool:
    limit = rules.capacity_people
    return limit is None or capacity.asked_count(rules, reading) < capacity.clears_below(rules, limit)
