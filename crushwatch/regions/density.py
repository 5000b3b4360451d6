"""Count, mean density and peak density of one region, from a density map."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from crushwatch.ground import CameraGround, GroundGrid, Lattice, Scatter, laid_down
from crushwatch.ground.grid import CELL_M, window_cells
from crushwatch.ground.homography import Points
from crushwatch.ground.polygon import contains
from crushwatch.regions.quality import Sight
from crushwatch.site import Outline, Region

SAMPLES_PER_SIDE = 6
"""Each density cell is cut into 6 x 6 points for anti-aliased edges: a cell far away covers more than a metre."""
PEAK_WINDOW_M = 3.0
"""A single square metre is noise at the network's stride; a region's mean hides the hotspot (Still: 3 m x 3 m)."""
PEAK_STEP_M = 0.25
"""How far the windows lie apart: half a metre would step over the fullest place and miss 3 to 7 % of its density."""
WIDEST_FINE_M = 100.0
"""A region wider than this is looked over in steps of half a metre: it is seen from too far away for more."""
PEAK_WINDOW_LEAST = 0.5
"""The people of a window are divided by at least this share of its 9 m2. Where less of it is ground that is seen, as in
a narrow passage, its density is told too low: one person on a corner makes no crush, but a crush there is not lost."""
HEAD_WIDTH_M = 0.17
"""Mean breadth of a head with hair."""


@dataclass(frozen=True)
class Measurement:
    """One frame's figures in one region. Densities in people per square metre of ground; None without an area."""

    count: float
    area_m2: float | None
    density_per_m2: float | None
    peak_density_per_m2: float | None


@dataclass(frozen=True)
class _GroundRegion:
    """The region on the ground grid: where the mass inside it lands, and how much of each cell is seen of it."""

    scatter: Scatter
    seen_m2: npt.NDArray[np.float64]


@dataclass(frozen=True)
class RegionTables:
    """A meter's figures for another device to measure with, as `RegionMeter.measure` does.

    weights: (cells,), each density cell's share in the region. scatter: where that share lands on the ground grid.
    per_window: (grid rows, columns), 1 / m2 by which the people of the peak window around each ground cell are divided.
    """

    weights: npt.NDArray[np.float32]
    area_m2: float | None
    scatter: Scatter | None = None
    per_window: npt.NDArray[np.float64] | None = None
    window_cells: int = 0


class RegionMeter:
    """Everything that does not change from frame to frame, precomputed; then a frame costs two dot products."""

    def __init__(
        self,
        weights: npt.NDArray[np.float32],
        area_m2: float | None,
        sight: Sight,
        ground: _GroundRegion | None = None,
    ) -> None:
        self._weights = weights
        self._area_m2 = area_m2
        self._ground = ground
        self.sight = sight

    @property
    def cells(self) -> float:
        """How many density cells the region covers."""
        return float(self._weights.sum())

    def tables(self) -> RegionTables:
        """What `measure` computes with."""
        ground = self._ground
        if ground is None:
            return RegionTables(self._weights, self._area_m2)
        side, area_m2 = _windows(ground)
        return RegionTables(self._weights, self._area_m2, ground.scatter, 1.0 / area_m2, side)

    @staticmethod
    def whole_picture(lattice: Lattice) -> RegionMeter:
        """Counts everybody in the picture, the network's border too; no density."""
        return RegionMeter(np.ones(lattice.rows * lattice.columns, np.float32), None, Sight(calibrated=False))

    @staticmethod
    def in_picture(region: Region, lattice: Lattice) -> RegionMeter:
        """A region of an uncalibrated camera: heads inside the outline as drawn; density only from a given area."""
        return _in_the_picture(region.polygon_px or (), lattice, region.area_m2)

    @staticmethod
    def on_ground(
        region: Region, lattice: Lattice, ground: CameraGround, obstacles: Iterable[Outline] = ()
    ) -> RegionMeter:
        """A region of a calibrated camera: people whose feet, below their heads, stand inside the outline.

        Areas are those on which one can stand: without the obstacles, where they lie in the region.
        """
        floor = ground.floor(region, obstacles)
        samples = laid_down(ground, lattice, SAMPLES_PER_SIDE, around_m=floor.outline_m)
        inside = floor.holds(samples)
        weights = _cell_shares(inside, lattice)
        grid = _grid_of_peaks(floor.outline_m)
        share = floor.coverage(grid)
        seen = share * ground.sees_heads_at(grid.centres()).reshape(share.shape)
        area_m2, seen_area_m2 = share.sum() * grid.cell_m**2, seen.sum() * grid.cell_m**2
        sight = Sight(
            calibrated=True,
            seen_share=float(seen_area_m2 / area_m2),
            head_px=_smallest_head_px(ground, grid, seen, lattice),
            extrapolated_share=_extrapolated_share(ground, grid, seen),
        )
        samples[~inside] = np.nan
        on_ground = _GroundRegion(Scatter.build(grid, samples, SAMPLES_PER_SIDE**2), seen * grid.cell_m**2)
        return RegionMeter(weights, float(seen_area_m2) or None, sight, on_ground)

    def measure(self, density: npt.NDArray[np.floating]) -> Measurement:
        """density: (rows, columns) of the lattice, people a cell, not negative.

        count = sum of the density weighted with each cell's share in the region; mean density = count / seen area;
        peak = the largest count / area over all 3 m x 3 m windows; area: what of it is region and seen, at least half.
        """
        count = float(np.dot(self._weights, density.reshape(-1).astype(np.float32, copy=False)))
        if self._area_m2 is None:
            return Measurement(count, None, None, None)
        mean = count / self._area_m2
        peak = None if self._ground is None else max(mean, _peak(self._ground, density))
        return Measurement(count, self._area_m2, mean, peak)


def _grid_of_peaks(outline: Points) -> GroundGrid:
    """From the outline's own corner on, for people press against its edges; a row and a column beyond its other end."""
    is_wide = float(np.ptp(outline, axis=0).max()) > WIDEST_FINE_M
    low = outline.min(axis=0)
    grid = GroundGrid.around(outline - low, CELL_M if is_wide else PEAK_STEP_M)
    return replace(grid, origin_m=(float(low[0]), float(low[1])), rows=grid.rows + 1, columns=grid.columns + 1)


def _in_the_picture(outline: object, lattice: Lattice, area_m2: float | None) -> RegionMeter:
    points = np.asarray(outline, dtype=np.float64)
    inside = contains(points, lattice.samples(SAMPLES_PER_SIDE))
    return RegionMeter(_cell_shares(inside, lattice), area_m2, Sight(calibrated=False))


def _cell_shares(inside: npt.NDArray[np.bool_], lattice: Lattice) -> npt.NDArray[np.float32]:
    per_cell = inside.reshape(lattice.rows * lattice.columns, -1)
    return np.asarray(per_cell.mean(axis=1), dtype=np.float32)


def _extrapolated_share(ground: CameraGround, grid: GroundGrid, seen: npt.NDArray[np.float64]) -> float:
    """The share of what is seen that lies outside the known points."""
    outside = ground.extrapolates_to(grid.centres()).reshape(seen.shape)
    return float(seen[outside].sum() / max(seen.sum(), 1e-9))


def _smallest_head_px(
    ground: CameraGround, grid: GroundGrid, seen: npt.NDArray[np.float64], lattice: Lattice
) -> float | None:
    """Width of a head in pixels of the network's input where the region is farthest (its smallest twentieth)."""
    metres = grid.centres()[seen.reshape(-1) > 0]
    if len(metres) == 0:
        return None
    network_px_per_picture_px = 8 / lattice.pitch_px[0]
    sizes = ground.pixels_per_metre(metres) * HEAD_WIDTH_M * network_px_per_picture_px
    return float(np.nanpercentile(sizes, 5))


def _peak(region: _GroundRegion, density: npt.NDArray[np.floating]) -> float:
    side, area_m2 = _windows(region)
    people = _window_sums(region.scatter.apply(density), side)
    return float(np.max(people / area_m2, initial=0.0))


def _windows(region: _GroundRegion) -> tuple[int, npt.NDArray[np.float64]]:
    """The peak window's side in cells; and the m2 by which the people around each cell are divided."""
    side = window_cells(PEAK_WINDOW_M, region.scatter.grid.cell_m)
    seen_m2 = _window_sums(region.seen_m2, side)
    return side, np.maximum(seen_m2, PEAK_WINDOW_LEAST * PEAK_WINDOW_M**2)


def _window_sums(values: npt.NDArray[np.float64], side: int) -> npt.NDArray[np.float64]:
    return np.asarray(
        cv2.boxFilter(values, -1, (side, side), normalize=False, borderType=cv2.BORDER_CONSTANT), dtype=np.float64
    )
