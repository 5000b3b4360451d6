"""Which points lie inside an outline."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from crushwatch.ground.homography import Points


def contains(points: npt.ArrayLike, samples: Points) -> npt.NDArray[np.bool_]:
    """Which of the (N, 2) samples lie inside the outline; NaN samples do not."""
    polygon = shapely.Polygon(np.asarray(points, dtype=np.float64))
    shapely.prepare(polygon)
    return area_contains(polygon, samples)


def area_contains(area: BaseGeometry, samples: Points) -> npt.NDArray[np.bool_]:
    """Which of the (N, 2) samples lie inside a prepared area; NaN samples do not."""
    xs, ys = samples.T
    known = np.isfinite(xs) & np.isfinite(ys)
    inside = np.zeros(len(samples), dtype=np.bool_)
    inside[known] = shapely.contains_xy(area, xs[known], ys[known])
    return inside
