"""Crowd pressure, as before the crush in Mina: a matter of research, shown but no alert unless the site says so."""

from __future__ import annotations

from datetime import datetime

from crushwatch.messages import Level, RegionReading
from crushwatch.rules.dense import hold_where_dense
from crushwatch.rules.latch import Latch
from crushwatch.rules.life import Verdict
from crushwatch.rules.settings import RegionRules

RULE = "pressure"
UNIT = "1/s²"


def judge_pressure(rules: RegionRules, latch: Latch, reading: RegionReading, now: datetime) -> tuple[Latch, Verdict]:
    """Says `alert` while the pressure of a dense crowd is high."""
    setting, figure = rules.pressure, reading.pressure_per_s2
    latch = hold_where_dense(
        rules, latch, reading, figure,
        threshold=setting.per_s2, above_per_m2=setting.above_per_m2, for_s=setting.for_s, now=now,
    )  # fmt: skip
    return latch, Verdict(
        level=Level.ALERT if latch.on else Level.CLEAR,
        because="" if figure is None else f"crowd pressure {figure:.3f} {UNIT}, threshold {setting.per_s2:.3f}",
        value=figure,
        threshold=setting.per_s2,
        unit=UNIT,
    )
