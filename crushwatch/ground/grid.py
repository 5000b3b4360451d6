"""The ground as square cells of half a metre, and the scatter of a density map's mass onto them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crushwatch.errors import GroundError
from crushwatch.ground.homography import Points

CELL_M = 0.5
LARGEST_GRID_CELLS = 4_000_000


@dataclass(frozen=True)
class GroundGrid:
    """`rows` x `columns` cells of `cell_m` metres; the outer corner of cell (0, 0) lies at `origin_m`."""

    origin_m: tuple[float, float]
    rows: int
    columns: int
    cell_m: float = CELL_M

    @staticmethod
    def around(points_m: npt.ArrayLike, cell_m: float = CELL_M) -> GroundGrid:
        """The smallest grid that holds the points, its corners at multiples of the cell size."""
        points = np.asarray(points_m, dtype=np.float64).reshape(-1, 2)
        low = np.floor(points.min(axis=0) / cell_m)
        size = np.maximum(np.ceil(points.max(axis=0) / cell_m) - low, 1)
        if size.prod() > LARGEST_GRID_CELLS:
            metres = f"{size[0] * cell_m:.0f} m x {size[1] * cell_m:.0f} m"
            raise GroundError(
                f"a region of {metres} is too large to be seen by one camera: draw it nearer, away from the horizon"
            )
        return GroundGrid((float(low[0] * cell_m), float(low[1] * cell_m)), int(size[1]), int(size[0]), cell_m)

    def index(self, points_m: Points) -> npt.NDArray[np.int64]:
        """The flat cell index of each (N, 2) point; -1 outside the grid and for NaN."""
        across, up = ((points_m[:, axis] - self.origin_m[axis]) / self.cell_m for axis in (0, 1))
        with np.errstate(invalid="ignore"):
            inside = (across >= 0) & (up >= 0) & (across < self.columns) & (up < self.rows)
        cells = np.full(len(points_m), -1, dtype=np.int64)
        cells[inside] = up[inside].astype(np.int64) * self.columns + across[inside].astype(np.int64)
        return cells

    def centres(self) -> Points:
        """(rows * columns, 2) middle points in metres, row by row."""
        xs = self.origin_m[0] + self.cell_m * (np.arange(self.columns) + 0.5)
        ys = self.origin_m[1] + self.cell_m * (np.arange(self.rows) + 0.5)
        grid_x, grid_y = np.meshgrid(xs, ys)
        return np.column_stack([grid_x.reshape(-1), grid_y.reshape(-1)])


@dataclass(frozen=True)
class Scatter:
    """Where each density cell's mass lands: precomputed triples (from cell, to grid cell, share)."""

    grid: GroundGrid
    from_cell: npt.NDArray[np.int64]
    to_cell: npt.NDArray[np.int64]
    share: npt.NDArray[np.float64]

    @staticmethod
    def build(grid: GroundGrid, samples_m: Points, samples_per_cell: int) -> Scatter:
        """samples_m: (cells * samples_per_cell, 2), metres, cell by cell. Samples off the grid are lost to it."""
        target = grid.index(samples_m)
        source = np.arange(len(samples_m)) // samples_per_cell
        kept = target >= 0
        size = grid.rows * grid.columns
        pairs, count = np.unique(source[kept] * size + target[kept], return_counts=True)
        return Scatter(grid, pairs // size, pairs % size, count / samples_per_cell)

    def apply(self, density: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        """density: (rows, columns) people a cell. Returns (grid rows, grid columns), people a grid cell."""
        mass = density.reshape(-1)[self.from_cell] * self.share
        people = np.bincount(self.to_cell, weights=mass, minlength=self.grid.rows * self.grid.columns)
        return np.asarray(people, dtype=np.float64).reshape(self.grid.rows, self.grid.columns)


def window_cells(window_m: float, cell_m: float = CELL_M) -> int:
    """How many grid cells a window of that length has; at least one."""
    return max(1, math.floor(window_m / cell_m + 0.5))
