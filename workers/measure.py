"""Measure: density map + ground -> what each region of a camera holds. Keeps what does not change between frames."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from crushwatch.errors import GroundError
from crushwatch.ground import CameraGround, Lattice
from crushwatch.ground.certainty import GIVEN_AREA, density_share
from crushwatch.ground.polygon import contains
from crushwatch.models.band import BandTable
from crushwatch.regions import Measurement, Quality, RegionMeter, Smoothed, Trend, judge_quality
from crushwatch.regions.band import RegionBand, region_band
from crushwatch.regions.heat import HeatMap
from crushwatch.regions.motion import Displacement, GroundMotion
from crushwatch.regions.movement import Movement, MovementMeter
from crushwatch.rules.sight import Doubts
from crushwatch.site import Camera, Gate, Region, Rules
from workers.capture.source import Truth

WHOLE_PICTURE = "picture"
"""The one region of a camera that has none."""

Density = npt.NDArray[np.float32]


@dataclass(frozen=True)
class RegionFigures:
    """One frame's figures in one region: of this frame, over the filter window, and how far they may be believed.

    cells: density cells of the network's output that the region covers.
    """

    region: str
    instant: Measurement
    smoothed: Smoothed
    quality: Quality
    seen_share: float
    truth_count: float | None
    movement: Movement | None = None
    band: RegionBand | None = None
    cells: float = 0.0


class CameraMeter:
    """Measures one camera. Meters are made for the lattice at hand and made anew when the stream's size changes."""

    def __init__(self, camera: Camera, rules: Rules, table: BandTable | None = None) -> None:
        """table: how far the model's counts are off; without one no figure has an interval."""
        self._camera = camera
        self._regions = watched_regions(camera)
        self._table = table
        self._filter_window_s = rules.filter_window_s
        self._trends = {key: Trend(rules.filter_window_s) for key in self._regions}
        self._ground = CameraGround.of(camera)
        self._ground_shares = {key: _ground_share(camera, region) for key, region in self._regions.items()}
        self._lattice: Lattice | None = None
        self._meters: dict[str, RegionMeter] = {}
        self._heat: HeatMap | None = None
        self._has_heat = self._ground is not None
        self._ground_motion: GroundMotion | None = None
        self._movements: dict[str, MovementMeter] = {}

    def measure(
        self,
        density: Density,
        lattice: Lattice,
        time_s: float,
        *,
        picture_doubts: Doubts = (),
        age_s: float = 0.0,
        has_moved: bool = False,
        truth: Truth | None = None,
        displacement: Displacement | None = None,
    ) -> list[RegionFigures]:
        """density: (rows, columns) of `lattice`, people a cell; `time_s` on any one clock; displacement: where people
        came from, when that was measured. has_moved: pixels are no metres any more, so only counts are given."""
        self._fit(lattice)
        if displacement is not None and not has_moved:
            self._follow(density, displacement, time_s)
        figures = [
            self._figures(key, meter.measure(density), time_s, judge_quality(meter.sight, picture_doubts, age_s), truth)
            for key, meter in self._meters.items()
        ]
        return [_without_ground(each) for each in figures] if has_moved else figures

    def heat_per_m2(self, density: Density, lattice: Lattice) -> Density | None:
        """(rows, columns) people per square metre around each cell; None where the camera supports no such map."""
        self._fit(lattice)
        if self._heat is None and self._has_heat:
            self._heat = self._heat_map(lattice)
            self._has_heat = self._heat is not None
        return None if self._heat is None else self._heat.per_m2(density)

    def _heat_map(self, lattice: Lattice) -> HeatMap | None:
        if self._ground is None:
            return None
        try:
            return HeatMap(lattice, self._ground)
        except GroundError:  # heads are too small everywhere: the page shows the picture alone
            return None

    def _follow(self, density: Density, displacement: Displacement, time_s: float) -> None:
        if self._ground is None or self._lattice is None:
            return
        if self._ground_motion is None:
            self._ground_motion = GroundMotion(self._lattice, self._ground)
            self._movements = {
                key: MovementMeter(region, gates_into(self._camera, key), self._lattice, self._ground)
                for key, region in self._regions.items()
                if region is not None
            }
        velocity_m_s = self._ground_motion.velocity_m_s(displacement)
        for movement in self._movements.values():
            movement.add(time_s, density, velocity_m_s)

    def _fit(self, lattice: Lattice) -> None:
        if lattice == self._lattice:
            return
        self._lattice, self._heat, self._ground_motion = lattice, None, None
        self._has_heat = self._ground is not None
        self._meters = {key: self._meter(region, lattice) for key, region in self._regions.items()}

    def _meter(self, region: Region | None, lattice: Lattice) -> RegionMeter:
        if region is None:
            return RegionMeter.whole_picture(lattice)
        if self._ground is not None:
            return RegionMeter.on_ground(region, lattice, self._ground, self._camera.obstacles.values())
        return RegionMeter.in_picture(region, lattice)

    def _figures(
        self, key: str, instant: Measurement, time_s: float, quality: Quality, truth: Truth | None
    ) -> RegionFigures:
        sight, movement = self._meters[key].sight, self._movements.get(key)
        smoothed = self._trends[key].add(time_s, instant)
        return RegionFigures(
            region=key,
            instant=instant,
            smoothed=smoothed,
            quality=quality,
            seen_share=sight.seen_share,
            truth_count=None if truth is None else self._true_count(self._regions[key], truth),
            movement=None if movement is None else movement.figures(time_s, self._filter_window_s),
            band=self._band(key, smoothed, instant.area_m2) if quality.value > 0 else None,
            cells=self._meters[key].cells,
        )

    def _band(self, key: str, smoothed: Smoothed, area_m2: float | None) -> RegionBand | None:
        if self._table is None:
            return None
        return region_band(smoothed, area_m2, self._meters[key].cells, self._ground_shares[key], self._table)

    def _true_count(self, region: Region | None, truth: Truth) -> float:
        if region is None or self._ground is None:
            return float(len(truth.heads_px))
        return float(contains(self._ground.outline_m(region), truth.feet_m).sum())


def _without_ground(figures: RegionFigures) -> RegionFigures:
    """What is left of figures whose ground is not to be believed: people in the picture."""
    instant = Measurement(figures.instant.count, figures.instant.area_m2, None, None)
    return replace(
        figures, instant=instant, smoothed=Smoothed(figures.smoothed.count, None, None, None), band=None, movement=None
    )


def watched_regions(camera: Camera) -> dict[str, Region | None]:
    """The camera's regions by id; a camera without any has one, None, that stands for the whole picture."""
    return dict(camera.regions) or {WHOLE_PICTURE: None}


def gates_into(camera: Camera, region: str) -> dict[str, Gate]:
    """The camera's gates that lead into that region, by id."""
    return {key: gate for key, gate in camera.gates.items() if gate.into == region}


def _ground_share(camera: Camera, region: Region | None) -> float:
    """By how much the ground makes the region's density unsure."""
    ground = CameraGround.of(camera)
    if camera.ground is None or ground is None or region is None:
        return GIVEN_AREA
    return density_share(camera.ground, ground.picture_size_px, ground.outline_m(region))
