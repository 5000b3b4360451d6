"""From readings to alerts, purely: (rules, state, reading, now) -> (state, events). No clock, disk or Redis here."""

from crushwatch.rules.forecast import Trend, follow, foresee
from crushwatch.rules.judge import (
    CameraState,
    RegionState,
    holds,
    judge_camera,
    judge_region,
    region_level,
    restarted,
    signs,
    unwatched,
)
from crushwatch.rules.life import Subject
from crushwatch.rules.settings import RegionRules
from crushwatch.rules.sight import CameraSight

__all__ = [
    "CameraSight",
    "CameraState",
    "RegionRules",
    "RegionState",
    "Subject",
    "Trend",
    "follow",
    "foresee",
    "holds",
    "judge_camera",
    "judge_region",
    "region_level",
    "restarted",
    "signs",
    "unwatched",
]
