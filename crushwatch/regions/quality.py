"""How far a figure may be believed, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SMALLEST_HEAD_PX = 4.0
"""Heads narrower than this in the network's input are not seen reliably."""
SMALL_HEAD_PX = 6.0
EXTRAPOLATION_BORNE = 0.25
"""Points are seldom set at a region's very edge."""
STALE_AFTER_S = 5.0
"""As `rules.stale_after_s` has it for figures on the way."""


@dataclass(frozen=True)
class Sight:
    """What a camera can see of a region at all.

    head_px: width of its smallest heads in the network's input
    extrapolated_share: share of what is seen that lies outside the points by which the camera was calibrated
    """

    calibrated: bool
    seen_share: float = 1.0
    head_px: float | None = None
    extrapolated_share: float = 0.0


@dataclass(frozen=True)
class Quality:
    """`value` from 0 (not to be believed) to 1 (nothing speaks against it), and each thing that speaks against it."""

    value: float
    reasons: tuple[str, ...] = ()


def judge_quality(sight: Sight, picture_doubts: Sequence[tuple[float, str]] = (), age_s: float = 0.0) -> Quality:
    """The quality of a reading. Each doubt takes its share of it; of a picture that is worth nothing only that is said.

    picture_doubts: what this picture's figures are still worth, 0 to 1, and why (0.0, "the picture is frozen").
    age_s: how old the picture was when it was measured.

    >>> judge_quality(Sight(calibrated=True, seen_share=0.6, head_px=12.0))
    Quality(value=0.6, reasons=('only 60 % of the region is in the picture',))
    """
    worthless = tuple(reason for factor, reason in picture_doubts if factor == 0)
    if worthless:
        return Quality(0.0, worthless)
    doubts = [
        *picture_doubts,
        *_age(age_s),
        *_calibration(sight),
        *_share(sight),
        *_extrapolation(sight),
        *_head_size(sight),
    ]
    value = 1.0
    for factor, _reason in doubts:
        value *= factor
    return Quality(value, tuple(reason for _factor, reason in doubts))


def _age(age_s: float) -> list[tuple[float, str]]:
    if age_s < STALE_AFTER_S:
        return []
    return [(0.2, f"stale: the picture was {age_s:.0f} s old when it was measured")]


def _calibration(sight: Sight) -> list[tuple[float, str]]:
    return [] if sight.calibrated else [(0.5, "no ground plane: the camera is not calibrated")]


def _share(sight: Sight) -> list[tuple[float, str]]:
    if sight.seen_share >= 0.98:
        return []
    return [(sight.seen_share, f"only {sight.seen_share:.0%} of the region is in the picture".replace("%", " %"))]


def _extrapolation(sight: Sight) -> list[tuple[float, str]]:
    """The ground is sure between the points; beyond them their errors grow."""
    if sight.extrapolated_share < EXTRAPOLATION_BORNE:
        return []
    share = f"{sight.extrapolated_share:.0%}".replace("%", " %")
    return [(1 - sight.extrapolated_share / 2, f"extrapolated: {share} of the region lies outside the ground points")]


def _head_size(sight: Sight) -> list[tuple[float, str]]:
    if sight.head_px is None or sight.head_px >= SMALL_HEAD_PX:
        return []
    factor = 0.2 if sight.head_px < SMALLEST_HEAD_PX else 0.6
    return [(factor, f"far away: the smallest heads are {sight.head_px:.1f} px wide")]
