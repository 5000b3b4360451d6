"""The interval around a count or a density: where the truth lies in nine cases of ten.

The model's table (`conformal.py` makes it) says for each level of crowding how far the truth was off the count, in
units of `spread`. What the ground plane adds is independent of that: both half-widths are added as roots of squares.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crushwatch.models.band import BandLevel, BandTable
from crushwatch.regions.density import PEAK_WINDOW_M
from crushwatch.regions.trend import Smoothed

CELLS_PER_BLOCK = 64
"""A block of 64 x 64 pixels has 8 x 8 density cells."""
CHANCE, SHARE = 0.4, 0.15
"""What a count is off by: a multiple of its root while it is small (people at the edge), a share when it is large."""


@dataclass(frozen=True)
class Estimate:
    """A count, and over how many density cells of the network's output it was summed."""

    count: float
    cells: float

    @property
    def people_per_block(self) -> float:
        """How crowded it is in the network's eyes."""
        return self.count / max(self.cells, 1.0) * CELLS_PER_BLOCK


@dataclass(frozen=True)
class BandSettings:
    """What widens an interval beyond the count's own error.

    ground_share: half the width of a 90 % interval that the ground plane alone would give, as a share of the density
    """

    ground_share: float = 0.0


def interval(
    estimate: Estimate, table: BandTable, settings: BandSettings = BandSettings(), *, peak: bool = False
) -> tuple[float, float]:
    """(low, high) in people, low >= 0; the estimate itself is always inside. Divide by the area for a density.

    peak: the estimate is of the fullest part of a region, chosen because it looked full.

    >>> level = BandLevel(people_per_block=1, low=-1.5, high=1.0, pictures=30, windows=600)
    >>> table = BandTable(model_sha256="", count=(level,), peak=(level,))
    >>> [round(bound, 1) for bound in interval(Estimate(50, 3000), table)]
    [38.0, 58.0]
    """
    low, high = _residuals(estimate.people_per_block, table.peak if peak else table.count)
    unit, ground = spread(estimate.count), settings.ground_share * estimate.count
    return (
        max(0.0, estimate.count - math.hypot(max(0.0, -low) * unit, ground)),
        estimate.count + math.hypot(max(0.0, high) * unit, ground),
    )


@dataclass(frozen=True)
class RegionBand:
    """The intervals of a region's figures, (low, high) each; None where the figure is not known."""

    count: tuple[float, float]
    density_per_m2: tuple[float, float] | None
    peak_density_per_m2: tuple[float, float] | None
    own_frames: int = 0


def region_band(
    figures: Smoothed, area_m2: float | None, cells: float, ground_share: float, table: BandTable
) -> RegionBand:
    """The intervals of a region's filtered figures.

    cells: density cells of the region. ground_share: see BandSettings; it widens densities, not the count. The peak is
    that of a window as large as PEAK_WINDOW_M says, seen in as many cells a square metre as the region is on average.
    """
    count = interval(Estimate(figures.count, cells), table)
    if area_m2 is None or figures.density_per_m2 is None:
        return RegionBand(count, None, None, table.own_frames)
    settings = BandSettings(ground_share)
    mean = _per_m2(figures.density_per_m2, area_m2, cells / area_m2, settings, table, peak=False)
    if figures.peak_density_per_m2 is None:
        return RegionBand(count, mean, None, table.own_frames)
    peak = _per_m2(figures.peak_density_per_m2, peak_area_m2(area_m2), cells / area_m2, settings, table, peak=True)
    return RegionBand(count, mean, peak, table.own_frames)


def peak_area_m2(area_m2: float) -> float:
    """The area over which the peak of a region so large is a mean."""
    return min(area_m2, PEAK_WINDOW_M**2)


def _per_m2(
    density_per_m2: float, area_m2: float, cells_per_m2: float, settings: BandSettings, table: BandTable, *, peak: bool
) -> tuple[float, float]:
    estimate = Estimate(density_per_m2 * area_m2, cells_per_m2 * area_m2)
    low, high = interval(estimate, table, settings, peak=peak)
    return low / area_m2, high / area_m2


def spread(count: float) -> float:
    """The unit of residuals, people: sqrt(0.4^2 (count + 1) + (0.15 count)^2)."""
    return math.sqrt(CHANCE**2 * (count + 1) + (SHARE * count) ** 2)


def _residuals(people_per_block: float, levels: Sequence[BandLevel]) -> tuple[float, float]:
    """Between the middles of two levels in proportion (of the logarithm), so that no interval jumps."""
    at = np.log([max(level.people_per_block, 1e-3) for level in levels])
    here = math.log(max(people_per_block, 1e-3))
    low = np.interp(here, at, [level.low for level in levels])
    return float(low), float(np.interp(here, at, [level.high for level in levels]))
