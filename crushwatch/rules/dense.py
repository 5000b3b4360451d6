"""What the rules about motion share: a figure that means something only where the crowd is dense."""

from __future__ import annotations

from datetime import datetime

from crushwatch.messages import RegionReading
from crushwatch.rules.latch import Latch, hold, interrupted
from crushwatch.rules.levels import judged_density
from crushwatch.rules.settings import RegionRules


def hold_where_dense(
    rules: RegionRules,
    latch: Latch,
    reading: RegionReading,
    figure: float | None,
    *,
    threshold: float,
    above_per_m2: float,
    for_s: float,
    now: datetime,
) -> Latch:
    """The latch of a figure with its threshold, under the condition that the density is at least `above_per_m2`.

    Left when either has long been a hysteresis below its mark. Without a figure or a density it holds.
    """
    density = judged_density(rules, reading)
    if figure is None or density is None:
        return interrupted(latch)
    lower = 1 - rules.hysteresis
    below = figure < threshold * lower or density < above_per_m2 * lower
    return hold(
        latch,
        reached=figure >= threshold and density >= above_per_m2,
        left=below and rules.believes(reading),
        raise_s=for_s,
        clear_s=rules.clear_after_s,
        now=now,
    )
