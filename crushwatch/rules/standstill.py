"""A dense crowd that stands while people still come in: a matter of research, no alert unless the site says so."""

from __future__ import annotations

from datetime import datetime

from crushwatch.messages import Level, RegionReading
from crushwatch.rules.latch import Latch, hold, interrupted
from crushwatch.rules.levels import judged_density
from crushwatch.rules.life import Verdict
from crushwatch.rules.settings import RegionRules
from crushwatch.site import StandstillRule

RULE = "standstill"
UNIT = "m/s"


def judge_standstill(rules: RegionRules, latch: Latch, reading: RegionReading, now: datetime) -> tuple[Latch, Verdict]:
    """Says `alert` while a dense crowd stands under inflow; over when it moves again, thins out, or nobody comes."""
    setting, speed, density = rules.standstill, reading.speed_m_s, judged_density(rules, reading)
    comes = people_come(setting, reading)
    if speed is None or density is None or comes is None:
        latch = interrupted(latch)
    else:
        thin = density < setting.above_per_m2 * (1 - rules.hysteresis)
        moves = speed > setting.slower_m_s * (1 + rules.hysteresis)
        latch = hold(
            latch,
            reached=speed < setting.slower_m_s and density >= setting.above_per_m2 and comes,
            left=(moves or thin or not comes) and rules.believes(reading),
            raise_s=setting.for_s,
            clear_s=rules.clear_after_s,
            now=now,
        )
    return latch, Verdict(
        level=Level.ALERT if latch.on else Level.CLEAR,
        because=""
        if speed is None
        else f"the crowd moves at {speed:.2f} m/s, below {setting.slower_m_s:.2f}, under inflow",
        value=speed,
        threshold=setting.slower_m_s,
        unit=UNIT,
    )


def people_come(setting: StandstillRule, reading: RegionReading) -> bool | None:
    """Whether more come in than go out: by the region's gates, or by its growth where it has none; None: not known."""
    if reading.gates:
        net = max(gate.in_per_m_min - gate.out_per_m_min for gate in reading.gates)
        return net >= setting.inflow_per_m_min
    if reading.rate_per_m2_per_min is None:
        return None
    return reading.rate_per_m2_per_min >= setting.per_min
