"""Polygons on the ground, with anti-aliased edges."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from crushwatch.ground.grid import GroundGrid
from crushwatch.ground.homography import Points


def polygon_area(points: npt.ArrayLike) -> float:
    """Area inside the outline, in the square of the points' unit.

    >>> polygon_area([(0, 0), (4, 0), (4, 3), (0, 3)])
    12.0
    """
    return float(shapely.Polygon(np.asarray(points, dtype=np.float64)).area)


def contains(points: npt.ArrayLike, samples: Points) -> npt.NDArray[np.bool_]:
    """Which of the (N, 2) samples lie inside the outline; NaN samples do not."""
    polygon = shapely.Polygon(np.asarray(points, dtype=np.float64))
    shapely.prepare(polygon)
    finite = np.isfinite(samples).all(axis=1)
    inside = np.zeros(len(samples), dtype=np.bool_)
    inside[finite] = shapely.contains_xy(polygon, samples[finite, 0], samples[finite, 1])
    return inside


def coverage(points: npt.ArrayLike, grid: GroundGrid) -> npt.NDArray[np.float64]:
    """(rows, columns): the share of each grid cell that lies inside the outline. Its sum x cell area = area."""
    polygon = shapely.Polygon(np.asarray(points, dtype=np.float64))
    shapely.prepare(polygon)
    xs = grid.origin_m[0] + grid.cell_m * np.arange(grid.columns)
    ys = grid.origin_m[1] + grid.cell_m * np.arange(grid.rows)
    left, low = np.meshgrid(xs, ys)
    cells = shapely.box(left, low, left + grid.cell_m, low + grid.cell_m)
    shares: npt.NDArray[np.float64] = shapely.area(shapely.intersection(cells, polygon)) / grid.cell_m**2
    return shares
