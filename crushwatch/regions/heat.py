"""Density on the ground as the picture shows it: for each cell, people per square metre around it."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from crushwatch.errors import GroundError
from crushwatch.ground import CameraGround, GroundGrid, Lattice, Scatter, laid_down
from crushwatch.ground.grid import window_cells
from crushwatch.regions.density import HEAD_WIDTH_M

WINDOW_M = 2.0
SMALLEST_HEAD_PX = 3.0
"""Beyond the distance where heads are narrower than this in the network's input nothing is drawn."""
SAMPLES_PER_SIDE = 3


class HeatMap:
    """Precomputed for one camera and one size of density map."""

    def __init__(self, lattice: Lattice, ground: CameraGround) -> None:
        samples = laid_down(ground, lattice, SAMPLES_PER_SIDE)
        near = ground.pixels_per_metre(samples) * HEAD_WIDTH_M * 8 / lattice.pitch_px[0] >= SMALLEST_HEAD_PX
        samples[~near] = np.nan
        if not near.any():
            raise GroundError("heads are too small everywhere in this picture for a map of densities")
        grid = GroundGrid.around(samples[near])
        self._scatter = Scatter.build(grid, samples, SAMPLES_PER_SIDE**2)
        self._side = window_cells(WINDOW_M, grid.cell_m)
        seen = ground.sees_heads_at(grid.centres()).reshape(grid.rows, grid.columns)
        self._area_m2 = np.maximum(self._sums(seen.astype(np.float64) * grid.cell_m**2), grid.cell_m**2)
        middles = samples.reshape(lattice.rows, lattice.columns, SAMPLES_PER_SIDE**2, 2)[:, :, SAMPLES_PER_SIDE**2 // 2]
        self._cell_of = grid.index(middles.reshape(-1, 2)).reshape(lattice.rows, lattice.columns)

    def per_m2(self, density: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
        """density: (rows, columns) people a cell. Returns the same shape, people per square metre; 0 where unknown."""
        on_ground = self._sums(self._scatter.apply(density)) / self._area_m2
        heat = np.where(self._cell_of >= 0, on_ground.reshape(-1)[self._cell_of], 0.0)
        return heat.astype(np.float32)

    def _sums(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        size = (self._side, self._side)
        summed = cv2.boxFilter(values, -1, size, normalize=False, borderType=cv2.BORDER_CONSTANT)
        return np.asarray(summed, dtype=np.float64)
