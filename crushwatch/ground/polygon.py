"""Which points lie inside an outline."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from crushwatch.ground.homography import Points


def contains(points: npt.ArrayLike, samples: Points) -> npt.NDArray[np.bool_]:
    """Which of the (N, 2) samples lie inside the outline; NaN samples do not."""
    polygon = shapely.Polygon(np.asarray(points, dtype=np.float64))
    shapely.prepare(polygon)
    finite = np.isfinite(samples).all(axis=1)
    inside = np.zeros(len(samples), dtype=np.bool_)
    inside[finite] = shapely.contains_xy(polygon, samples[finite, 0], samples[finite, 1])
    return inside
