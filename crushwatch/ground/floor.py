"""The ground inside an outline on which people can stand: without the walls, pillars and stalls in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from crushwatch.ground.grid import GroundGrid
from crushwatch.ground.homography import Points
from crushwatch.ground.polygon import area_contains

BESIDE_M = 0.5
"""A head so little inside an obstacle is somebody's beside it: of a height of his own, or between two cells."""


@dataclass(frozen=True)
class Floor:
    """outline_m: (N, 2) corners. obstacles_m: (M, 2) corners each; they may overlap, and reach beyond the outline."""

    outline_m: Points
    obstacles_m: tuple[Points, ...] = ()

    @property
    def area_m2(self) -> float:
        """Square metres to stand on.

        >>> room = np.array([(0, 0), (4, 0), (4, 3), (0, 3)])
        >>> Floor(room, (np.array([(3, 2), (5, 2), (5, 3), (3, 3)]),)).area_m2
        11.0
        """
        return float(self._free.area)

    def holds(self, heads_m: Points) -> npt.NDArray[np.bool_]:
        """Which of the (N, 2) heads, each laid down to the ground below it, are people on this floor; NaN is none.

        One a little way into an obstacle stands beside it. One farther inside is nobody: a poster on a stall.
        """
        return area_contains(self._reach, heads_m)

    def coverage(self, grid: GroundGrid) -> npt.NDArray[np.float64]:
        """(rows, columns): the share of each grid cell on which one can stand. Its sum x cell area = `area_m2`."""
        xs = grid.origin_m[0] + grid.cell_m * np.arange(grid.columns)
        ys = grid.origin_m[1] + grid.cell_m * np.arange(grid.rows)
        left, low = np.meshgrid(xs, ys)
        cells = shapely.box(left, low, left + grid.cell_m, low + grid.cell_m)
        shares: npt.NDArray[np.float64] = shapely.area(shapely.intersection(cells, self._free)) / grid.cell_m**2
        return shares

    @cached_property
    def _outline(self) -> shapely.Polygon:
        return shapely.Polygon(self.outline_m)

    @cached_property
    def _taken(self) -> BaseGeometry:
        taken: BaseGeometry = shapely.union_all([shapely.Polygon(corners) for corners in self.obstacles_m])
        return taken

    @cached_property
    def _free(self) -> BaseGeometry:
        free = self._outline.difference(self._taken)
        shapely.prepare(free)
        return free

    @cached_property
    def _reach(self) -> BaseGeometry:
        reach = self._outline.difference(self._taken.buffer(-BESIDE_M))
        shapely.prepare(reach)
        return reach
