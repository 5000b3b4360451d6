"""When a figure becomes an alert: levels, hysteresis, dwell. Sources of the defaults: `docs/thresholds.md`."""

from __future__ import annotations

import itertools
from typing import Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from crushwatch.messages import Level
from crushwatch.site.part import Part


class Levels(Part):
    """Thresholds in people per square metre; each must be higher than the one before."""

    notice: float = Field(gt=0, le=15, description="People per m2 from which the region is at `notice`.")
    caution: float = Field(gt=0, le=15, description="People per m2 from which the region is at `caution`.")
    alert: float = Field(gt=0, le=15, description="People per m2 from which the region is at `alert`.")
    critical: float = Field(gt=0, le=15, description="People per m2 from which the region is at `critical`.")

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        ladder = [self.notice, self.caution, self.alert, self.critical]
        if any(low >= high for low, high in itertools.pairwise(ladder)):
            raise ValueError(
                "thresholds out of order: "
                + ", ".join(f"{name} {getattr(self, name):g}" for name in ("notice", "caution", "alert", "critical"))
                + "; each must be higher than the one before"
            )
        return self


Certainty = Literal["lower", "estimate", "upper"]
"""What of a figure is held against its threshold: the lower end of its 90 % interval, itself, or the upper end."""


class RaiseAfter(Part):
    """Seconds for which a figure must stay at or above a threshold before the level is raised."""

    notice: float = Field(default=30, ge=0, le=3600, description="Seconds before `notice` is raised.")
    caution: float = Field(default=30, ge=0, le=3600, description="Seconds before `caution` is raised.")
    alert: float = Field(default=10, ge=0, le=3600, description="Seconds before `alert` is raised.")
    critical: float = Field(default=10, ge=0, le=3600, description="Seconds before `critical` is raised.")


CameraFault = Literal[
    "camera-frozen",
    "camera-dark",
    "camera-overexposed",
    "camera-covered",
    "camera-blurred",
    "camera-moved",
    "camera-slow",
    "camera-clock",
]
"""Faults of a camera that a site may leave out; a silent camera is always told."""


class CameraRules(Part):
    """When a camera itself becomes an alert."""

    silent_after_s: float = Field(default=15, ge=2, le=600, description="Seconds without a frame.")
    frozen_after_s: float = Field(default=15, ge=3, le=3600, description="Seconds of one and the same picture.")
    dark_below_luma: float = Field(
        default=16, ge=0, le=255, description="Mean brightness (0 to 255) below which nothing can be counted."
    )
    dark_after_s: float = Field(default=10, ge=1, le=3600, description="Seconds of darkness.")
    overexposed_share: float = Field(
        default=0.5, gt=0, le=1, description="Share of the picture that is white, above which nothing can be counted."
    )
    overexposed_after_s: float = Field(default=10, ge=1, le=3600, description="Seconds of it.")
    covered_share: float = Field(
        default=0.4, gt=0, le=1, description="Share of the picture that has lost all structure, as behind a cloth."
    )
    covered_after_s: float = Field(default=10, ge=1, le=3600, description="Seconds of it.")
    blurred_below: float = Field(
        default=0.6, ge=0, le=2, description="Steepness of the edges below which heads run together; sharp is about 1."
    )
    blurred_after_s: float = Field(default=30, ge=1, le=3600, description="Seconds of it.")
    moved_share: float = Field(
        default=0.03,
        gt=0,
        le=1,
        description="Displacement of the scene against its reference picture, in picture widths (0.03 is about 2°).",
    )
    moved_after_s: float = Field(default=20, ge=1, le=3600, description="Seconds of it.")
    slow_share: float = Field(
        default=0.5, ge=0, le=1, description="Frames sent over `analysis_rate_hz`, below which a camera is slow."
    )
    slow_after_s: float = Field(default=30, ge=1, le=3600, description="Seconds of it.")
    clock_off_s: float = Field(
        default=10,
        ge=1,
        le=86400,
        description="Seconds by which a camera's clock may be wrong or its pictures late, or a worker's clock ahead.",
    )
    clock_after_s: float = Field(default=30, ge=1, le=3600, description="Seconds of it.")
    ignored: tuple[CameraFault, ...] = Field(
        default=(), description="Camera alerts that are not raised, as camera-moved where cameras are steered."
    )
    clear_after_s: float = Field(default=5, ge=0, le=600, description="Seconds of good pictures that end the alert.")


class RiseRule(Part):
    """An alert `rise` (caution): the density grows fast where it is no longer low."""

    alerts: bool = Field(default=True, description="False: shown as a sign with the figures, but no alert.")
    above_per_m2: float = Field(default=2, ge=0, le=15, description="People per m2 below which growth is no matter.")
    per_min: float = Field(default=1, gt=0, le=60, description="Growth in people per m2 and minute.")
    for_s: float = Field(default=10, ge=0, le=3600, description="Seconds for which it must last.")


class ForecastRule(Part):
    """An alert `forecast` (alert): the density will pass a level soon."""

    alerts: bool = Field(default=True, description="False: shown as a sign with the figures, but no alert.")
    level: Literal[Level.NOTICE, Level.CAUTION, Level.ALERT, Level.CRITICAL] = Field(
        default=Level.CRITICAL, description="The level whose passing is foreseen."
    )
    within_s: float = Field(default=120, gt=0, le=600, description="Seconds ahead.")
    above_per_m2: float | None = Field(
        default=None,
        ge=0,
        le=15,
        description="People per m2 below which nothing is foreseen; half of the level's if none.",
    )
    for_s: float = Field(default=8, ge=0, le=3600, description="Seconds for which it must be foreseen.")


class PressureRule(Part):
    """An alert `pressure` (alert), a matter of research: crowd pressure as before the crush in Mina."""

    alerts: bool = Field(default=False, description="False: shown as a sign with the figures, but no alert.")
    per_s2: float = Field(default=0.02, gt=0, le=10, description="Density x variance of the local velocity, 1/s2.")
    above_per_m2: float = Field(default=4, ge=0, le=15, description="People per m2 below which it has no meaning.")
    for_s: float = Field(default=10, ge=0, le=3600, description="Seconds for which it must last.")


class CompressionRule(Part):
    """An alert `compression` (caution), a matter of research: the crowd is pressed together."""

    alerts: bool = Field(default=False, description="False: shown as a sign with the figures, but no alert.")
    per_s: float = Field(default=0.1, gt=0, le=10, description="Negative divergence of the mean velocity, 1/s.")
    above_per_m2: float = Field(default=3, ge=0, le=15, description="People per m2 below which it has no meaning.")
    for_s: float = Field(default=10, ge=0, le=3600, description="Seconds for which it must last.")


class StandstillRule(Part):
    """An alert `standstill` (alert), a matter of research: a dense crowd stands while people still come in."""

    alerts: bool = Field(default=False, description="False: shown as a sign with the figures, but no alert.")
    slower_m_s: float = Field(default=0.15, gt=0, le=5, description="Mean speed below which the crowd stands.")
    above_per_m2: float = Field(default=3, ge=0, le=15, description="People per m2 below which people may well stand.")
    inflow_per_m_min: float = Field(
        default=10, gt=0, le=200, description="Net inflow through a gate of the region, people per metre and minute."
    )
    per_min: float = Field(
        default=0.3, gt=0, le=60, description="Instead of the gates, where there are none: growth in people per m2."
    )
    for_s: float = Field(default=15, ge=0, le=3600, description="Seconds for which it must last.")


class CounterflowRule(Part):
    """An alert `counterflow` (caution), a matter of research: many walk against many where it is narrow."""

    alerts: bool = Field(default=False, description="False: shown as a sign with the figures, but no alert.")
    share: float = Field(default=0.3, gt=0, le=0.5, description="Share of the walkers against the majority.")
    above_per_m2: float = Field(default=2, ge=0, le=15, description="People per m2 below which they pass freely.")
    for_s: float = Field(default=20, ge=0, le=3600, description="Seconds for which it must last.")


class Rules(Part):
    """The defaults of a site. A region may set its own `levels`, `hysteresis`, `raise_after_s` and `clear_after_s`."""

    standing: Levels = Field(
        default=Levels(notice=2, caution=3, alert=4, critical=5),
        description="Levels of regions where people stand (squares, platforms, terraces).",
    )
    moving: Levels = Field(
        default=Levels(notice=1.5, caution=2, alert=3, critical=4),
        description="Levels of regions where people walk (corridors, stairs, ramps, gates).",
    )
    judge: Literal["worst", "mean", "peak"] = Field(
        default="worst",
        description="The figure held against the levels: the region's `mean`, its `peak` (3 m x 3 m), or the `worst`.",
    )
    certainty: Certainty = Field(
        default="estimate",
        description="What must pass a level or a capacity: the `estimate`; the `lower` end of its 90 % interval "
        "(surely above it: fewer false alerts, later ones); the `upper` end (perhaps above it: earlier). Where the "
        "interval is not known, the estimate.",
    )
    hysteresis: float = Field(
        default=0.15, ge=0, le=0.9, description="Share below a threshold that the figure must fall before it clears."
    )
    raise_after_s: RaiseAfter = Field(default=RaiseAfter(), description="Dwell before each level is raised.")
    clear_after_s: float = Field(default=60, ge=0, le=3600, description="Seconds below before a level is left.")
    filter_window_s: float = Field(default=4, ge=0, le=30, description="Length of the median filter over the figures.")
    stale_after_s: float = Field(default=5, ge=1, le=600, description="Age from which a figure is marked as old.")
    unknown_after_s: float = Field(default=15, ge=2, le=600, description="Age from which a region is `unknown`.")
    minimum_quality: float = Field(
        default=0.3, ge=0, le=1, description="Figures of lower quality cannot lower a level; they hold it."
    )
    rise: RiseRule = Field(default=RiseRule(), description="Fast growth of the density.")
    forecast: ForecastRule = Field(default=ForecastRule(), description="A level that will be passed soon.")
    pressure: PressureRule = Field(default=PressureRule(), description="Crowd pressure.")
    compression: CompressionRule = Field(default=CompressionRule(), description="A crowd that is pressed together.")
    standstill: StandstillRule = Field(default=StandstillRule(), description="A crowd that stands under inflow.")
    counterflow: CounterflowRule = Field(default=CounterflowRule(), description="Walking against each other.")
    camera: CameraRules = Field(default=CameraRules(), description="Alerts about the cameras themselves.")

    @field_validator("unknown_after_s")
    @classmethod
    def _unknown_after_stale(cls, unknown_after_s: float, before: ValidationInfo) -> float:
        stale_after_s = before.data.get("stale_after_s", 0)
        if unknown_after_s < stale_after_s:
            raise ValueError(f"{unknown_after_s:g} is shorter than stale_after_s {stale_after_s:g}")
        return unknown_after_s
