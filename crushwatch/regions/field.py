"""Density and velocity around each place of a region's ground, with the weights of Helbing et al. 2007."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from crushwatch.ground import Floor, GroundGrid, Scatter
from crushwatch.ground.grid import CELL_M, window_cells
from crushwatch.ground.homography import Points

RADIUS_M = 1.0
"""R of the weights: 'a reasonable compromise' between detail and noise (Helbing et al. 2007 use 1 m in the crowd)."""
MARGIN_M = 2.0
"""People so far outside the outline still weigh in at its edge."""
REACH_M = MARGIN_M + CELL_M
"""And so far its grid reaches, whose cells are whole ones."""
THINNEST_PER_M2 = 0.2
"""Where fewer people are than this, there is no velocity of a crowd."""
WINDOW_M = 3.0
"""Figures of a region are means over 3 m x 3 m, as its peak density is: a single place is noise."""

Grid = npt.NDArray[np.float64]
"""(H, W) on the ground."""


@dataclass(frozen=True)
class LocalField:
    """One moment. density_per_m2: (H, W); velocity_m_s: (H, W, 2), NaN where hardly anybody is."""

    density_per_m2: Grid
    velocity_m_s: npt.NDArray[np.float64]


class FieldMeter:
    """Made once for a region and a set of sample points; then a frame costs three sums and three small blurs."""

    def __init__(self, outline_m: Points, samples_m: Points, samples_per_cell: int) -> None:
        """samples_m: (cells * samples_per_cell, 2) metres, cell by cell; NaN where nobody is seen."""
        low, high = outline_m.min(axis=0) - MARGIN_M, outline_m.max(axis=0) + MARGIN_M
        self.grid = GroundGrid.around(np.array([low, high]))
        self._scatter = Scatter.build(self.grid, samples_m, samples_per_cell)
        self.share = Floor(outline_m).coverage(self.grid)

    def local(self, people: npt.NDArray[np.floating], velocity_m_s: npt.NDArray[np.floating]) -> LocalField:
        """people: (rows, columns) a cell; velocity_m_s: (rows, columns, 2), NaN where unknown.

        rho(r) = sum_j n_j w(r - r_j), V(r) = sum_j n_j v_j w / sum_j n_j w over the j whose velocity is known, with
        w(d) = exp(-d^2 / R^2) / (pi R^2), R = 1 m. Helbing, Johansson, Al-Abideen, Phys. Rev. E 75, 046109 (2007).
        """
        moving = np.where(np.isfinite(velocity_m_s).all(axis=2), people, 0.0)
        steps = np.nan_to_num(velocity_m_s)
        around = self._blurred(self._scatter.apply(moving))
        momentum = [self._blurred(self._scatter.apply(moving * steps[:, :, axis])) for axis in (0, 1)]
        with np.errstate(divide="ignore", invalid="ignore"):
            velocity = np.stack(momentum, axis=2) / around[:, :, None]
        velocity[around < THINNEST_PER_M2] = np.nan
        return LocalField(self._blurred(self._scatter.apply(people)), velocity)

    def _blurred(self, people: Grid) -> Grid:
        """People a cell -> people per square metre, weighted over R around each cell."""
        sigma = RADIUS_M / math.sqrt(2) / self.grid.cell_m
        blurred = cv2.GaussianBlur(people, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT)
        return np.asarray(blurred, dtype=np.float64) / self.grid.cell_m**2


def window_means(values: Grid, share: Grid, cell_m: float) -> Grid:
    """Means over WINDOW_M x WINDOW_M of what is known (not NaN) and inside (share above a half).

    Returns the means of the windows of which at least half is known, as a flat array; empty if there is none.
    """
    side = window_cells(WINDOW_M, cell_m)
    known = np.isfinite(values) & (share > 0.5)
    sums = _box_sums(np.where(known, values, 0.0), side)
    counts = _box_sums(known.astype(np.float64), side)
    enough = counts >= 0.5 * side**2
    means: Grid = sums[enough] / counts[enough]
    return means


def _box_sums(values: Grid, side: int) -> Grid:
    summed = cv2.boxFilter(values, -1, (side, side), normalize=False, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(summed, dtype=np.float64)
