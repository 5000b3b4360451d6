"""Many who walk against many: a matter of research, shown but no alert unless the site says so."""

from __future__ import annotations

from datetime import datetime

from crushwatch.messages import Level, RegionReading
from crushwatch.rules.dense import hold_where_dense
from crushwatch.rules.latch import Latch
from crushwatch.rules.life import Verdict
from crushwatch.rules.settings import RegionRules

RULE = "counterflow"
UNIT = "share"


def judge_counterflow(rules: RegionRules, latch: Latch, reading: RegionReading, now: datetime) -> tuple[Latch, Verdict]:
    """Says `caution` while a large share of a dense crowd walks against the rest."""
    setting, figure = rules.counterflow, reading.counterflow_share
    latch = hold_where_dense(
        rules, latch, reading, figure,
        threshold=setting.share, above_per_m2=setting.above_per_m2, for_s=setting.for_s, now=now,
    )  # fmt: skip
    return latch, Verdict(
        level=Level.CAUTION if latch.on else Level.CLEAR,
        because=""
        if figure is None
        else f"{100 * figure:.0f} % walk against the others, threshold {100 * setting.share:.0f} %",
        value=figure,
        threshold=setting.share,
        unit=UNIT,
    )
