"""A density that grows fast: in Itaewon it rose by 1.3 to 2.4 per m2 in ten minutes, before gates in one."""

from __future__ import annotations

from datetime import datetime

from crushwatch.messages import Level, RegionReading
from crushwatch.rules.latch import Latch, hold, interrupted
from crushwatch.rules.levels import judged_density, judged_where
from crushwatch.rules.life import Verdict
from crushwatch.rules.settings import RegionRules

RULE = "rise"
UNIT = "people/m² a minute"


def judge_rise(rules: RegionRules, latch: Latch, reading: RegionReading, now: datetime) -> tuple[Latch, Verdict]:
    """Raises `caution` while the region's mean density grows fast and its density is no longer low.

    It is over when the density has grown by less than half as much for the clearing time.
    """
    setting, rate, density = rules.rise, reading.rate_per_m2_per_min, judged_density(rules, reading)
    if rate is None or density is None:
        latch = interrupted(latch)
    else:
        latch = hold(
            latch,
            reached=rate >= setting.per_min and density >= setting.above_per_m2,
            left=rate < setting.per_min / 2 and rules.believes(reading),
            raise_s=setting.for_s,
            clear_s=rules.clear_after_s,
            now=now,
        )
    return latch, Verdict(
        level=Level.CAUTION if latch.on else Level.CLEAR,
        because="" if rate is None else _because(rate, setting.per_min, density, judged_where(rules, reading)),
        value=rate,
        threshold=setting.per_min,
        unit=UNIT,
    )


def _because(rate: float, threshold: float, density: float | None, where: str) -> str:
    reached = "" if density is None else f", at {density:.1f} per m²{where}"
    return f"{rate:+.1f} {UNIT}, threshold {threshold:.1f}{reached}"
