"""How many people a region may hold."""

from __future__ import annotations

from datetime import datetime

from crushwatch.messages import Level, RegionReading
from crushwatch.rules.certainty import Interval, asked_figure, in_words
from crushwatch.rules.latch import Latch, step
from crushwatch.rules.life import Verdict
from crushwatch.rules.settings import RegionRules

RULE = "capacity"
UNIT = "people"


def asked_count(rules: RegionRules, reading: RegionReading) -> float:
    """The count, or the end of its interval that the site asks for."""
    return asked_figure(rules.certainty, reading.count, _interval(reading))


def clears_below(rules: RegionRules, capacity_people: float) -> float:
    """People below which the rule ends, after a while."""
    return capacity_people * (1 - rules.hysteresis)


def judge_capacity(
    rules: RegionRules, latch: Latch, reading: RegionReading, now: datetime
) -> tuple[Latch, Verdict | None]:
    """One reading further; None where the region has no capacity. The level is alert, with alert's dwell."""
    if rules.capacity_people is None:
        return Latch(), None
    limit, asked = rules.capacity_people, asked_count(rules, reading)
    if latch.on:
        below = asked < clears_below(rules, limit) and rules.believes(reading)
        after = step(latch, asks=below, dwell_s=rules.clear_after_s, now=now)
    else:
        after = step(latch, asks=asked >= limit, dwell_s=rules.dwell_s(Level.ALERT), now=now)
    return after, verdict(rules, reading, limit, is_on=after.on)


def verdict(rules: RegionRules, reading: RegionReading, capacity_people: float, *, is_on: bool) -> Verdict:
    """What the rule says of a reading while it is on, and once it is off."""
    count, limit, interval = reading.count, capacity_people, _interval(reading)
    level = Level.ALERT if is_on else Level.CLEAR
    figure = f"{count:.0f} people" + in_words(rules.certainty, interval, 0).removesuffix(",")
    words = f"{figure}, capacity {limit:.0f}" if is_on else f"{figure}, below {limit:.0f} again"
    return Verdict(level, words, value=count, interval=interval, threshold=limit, unit=UNIT)


def _interval(reading: RegionReading) -> Interval | None:
    return None if reading.band is None else (reading.band.count_low, reading.band.count_high)
