"""How far a figure may be believed, and why not."""

from __future__ import annotations

from dataclasses import dataclass

SMALLEST_HEAD_PX = 4.0
"""Heads narrower than this in the network's input are not seen reliably."""
SMALL_HEAD_PX = 6.0


@dataclass(frozen=True)
class Sight:
    """What a camera can see of a region at all. `head_px`: width of its smallest heads in the network's input."""

    calibrated: bool
    seen_share: float = 1.0
    head_px: float | None = None


@dataclass(frozen=True)
class Quality:
    """`value` from 0 (not to be believed) to 1 (nothing speaks against it), and each thing that speaks against it."""

    value: float
    reasons: tuple[str, ...] = ()


def judge_quality(sight: Sight, picture_faults: tuple[str, ...] = ()) -> Quality:
    """The quality of a reading. `picture_faults`: what makes this frame worthless (frozen, dark): quality 0.

    >>> judge_quality(Sight(calibrated=True, seen_share=0.6, head_px=12.0))
    Quality(value=0.6, reasons=('only 60 % of the region is in the picture',))
    """
    if picture_faults:
        return Quality(0.0, picture_faults)
    doubts = [*_calibration(sight), *_share(sight), *_head_size(sight)]
    value = 1.0
    for factor, _reason in doubts:
        value *= factor
    return Quality(value, tuple(reason for _factor, reason in doubts))


def _calibration(sight: Sight) -> list[tuple[float, str]]:
    return [] if sight.calibrated else [(0.5, "no ground plane: the camera is not calibrated")]


def _share(sight: Sight) -> list[tuple[float, str]]:
    if sight.seen_share >= 0.98:
        return []
    return [(sight.seen_share, f"only {sight.seen_share:.0%} of the region is in the picture".replace("%", " %"))]


def _head_size(sight: Sight) -> list[tuple[float, str]]:
    if sight.head_px is None or sight.head_px >= SMALL_HEAD_PX:
        return []
    factor = 0.2 if sight.head_px < SMALLEST_HEAD_PX else 0.6
    return [(factor, f"far away: the smallest heads are {sight.head_px:.1f} px wide")]
