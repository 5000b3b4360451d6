"""Polygons on the ground."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

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
