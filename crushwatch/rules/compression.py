"""A crowd that is pressed together: a matter of research, shown but no alert unless the site says so."""

from __future__ import annotations

from datetime import datetime

from crushwatch.messages import Level, RegionReading
from crushwatch.rules.dense import hold_where_dense
from crushwatch.rules.latch import Latch
from crushwatch.rules.life import Verdict
from crushwatch.rules.settings import RegionRules

RULE = "compression"
UNIT = "1/s"


def judge_compression(rules: RegionRules, latch: Latch, reading: RegionReading, now: datetime) -> tuple[Latch, Verdict]:
    """Says `caution` while the mean velocity of a dense crowd converges: its divergence is far below 0."""
    setting, figure = rules.compression, compression_per_s(reading)
    latch = hold_where_dense(
        rules, latch, reading, figure,
        threshold=setting.per_s, above_per_m2=setting.above_per_m2, for_s=setting.for_s, now=now,
    )  # fmt: skip
    return latch, Verdict(
        level=Level.CAUTION if latch.on else Level.CLEAR,
        because="" if figure is None else f"pressed together by {figure:.2f} {UNIT}, threshold {setting.per_s:.2f}",
        value=figure,
        threshold=setting.per_s,
        unit=UNIT,
    )


def compression_per_s(reading: RegionReading) -> float | None:
    """The negative divergence; None where none was measured."""
    return None if reading.divergence_per_s is None else -reading.divergence_per_s
