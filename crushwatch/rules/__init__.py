"""From readings to alerts, purely: (rules, state, reading, now) -> (state, events). No clock, disk or Redis here."""

from crushwatch.rules.judge import (
    CameraState,
    RegionState,
    judge_camera,
    judge_region,
    region_level,
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
    "judge_camera",
    "judge_region",
    "region_level",
    "unwatched",
]
