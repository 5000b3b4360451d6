"""The map between two planes: ground and picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from crushwatch.errors import GroundError

Points = npt.NDArray[np.float64]
"""(N, 2): x, y."""
Matrix = npt.NDArray[np.float64]
"""(3, 3)."""

RANSAC_FROM_POINTS = 8
RANSAC_REACH = 0.02
"""Points farther off than this share of the picture's extent are left out of the fit when there are many."""
WORST_CONDITION = 1e-6
"""Smallest over largest singular value of the normalised homography below which it is no map but a collapse."""


@dataclass(frozen=True)
class Homography:
    """A projective map of the plane, scaled so that the points it was fitted to have positive depth."""

    matrix: Matrix

    def apply(self, points: npt.ArrayLike) -> Points:
        """Map (N, 2) points; NaN where a point lies on or beyond the horizon."""
        x, y = np.asarray(points, dtype=np.float64).reshape(-1, 2).T
        across, down, depth = (row[0] * x + row[1] * y + row[2] for row in self.matrix)
        with np.errstate(divide="ignore", invalid="ignore"):
            per_depth = np.where(depth > 0, 1.0 / depth, np.nan)
        return np.stack([across * per_depth, down * per_depth], axis=1)

    def inverse(self, visible: npt.ArrayLike) -> Homography:
        """The map back; `visible` is any (2,) point, in this map's own plane, that has positive depth."""
        return oriented(np.asarray(np.linalg.inv(self.matrix), dtype=np.float64), self.apply(visible))


def oriented(matrix: Matrix, visible: Points) -> Homography:
    """`matrix` with the sign that gives the `visible` (N, 2) points positive depth, and unit norm."""
    depth = visible @ matrix[2, :2] + matrix[2, 2]
    return Homography(matrix * (np.sign(np.median(depth)) or 1.0) / np.linalg.norm(matrix))


def fit_homography(source: npt.ArrayLike, target: npt.ArrayLike) -> tuple[Homography, float]:
    """The homography that takes `source` to `target`, and its error.

    source, target: (N, 2), N >= 4 pairs. Four pairs are met exactly; more by least squares of the target's distance,
    and from eight on without gross outliers (RANSAC). Returns the map and the root mean square distance in the
    target's unit over all pairs. Raises GroundError for fewer than four pairs, for points from which no plane follows
    (collinear, repeated) and for pairs that put the horizon between them.
    Source: Hartley and Zisserman, Multiple View Geometry, 2nd ed., algorithms 4.1 and 4.2 (OpenCV's findHomography).
    """
    a = np.asarray(source, dtype=np.float64).reshape(-1, 2)
    b = np.asarray(target, dtype=np.float64).reshape(-1, 2)
    if len(a) < 4 or len(a) != len(b):
        raise GroundError(f"{len(a)} points; a ground plane needs at least 4")
    from_unit, to_unit = _normalisation(a), _normalisation(b)
    unit_a, unit_b = _transform(from_unit, a), _transform(to_unit, b)
    method, reach = (cv2.RANSAC, RANSAC_REACH) if len(a) >= RANSAC_FROM_POINTS else (0, 0.0)
    unit_matrix, _inliers = cv2.findHomography(unit_a, unit_b, method, reach)
    if unit_matrix is None or not _is_a_map(np.asarray(unit_matrix, dtype=np.float64)):
        raise GroundError("the points do not span a plane: they are collinear or repeated")
    matrix = np.linalg.inv(to_unit) @ np.asarray(unit_matrix, dtype=np.float64) @ from_unit
    homography = oriented(matrix, a)
    mapped = homography.apply(a)
    if np.isnan(mapped).any():
        raise GroundError("the points contradict each other: the horizon would run between them; check their order")
    return homography, float(np.sqrt(np.mean(np.sum((mapped - b) ** 2, axis=1))))


def _normalisation(points: Points) -> Matrix:
    """Centre at 0 and mean distance 1, so that the fit does not depend on units (Hartley 1997)."""
    centre = points.mean(axis=0)
    spread = float(np.linalg.norm(points - centre, axis=1).mean())
    if spread <= 0:
        raise GroundError("the points are all the same")
    scale = 1.0 / spread
    return np.array([[scale, 0, -scale * centre[0]], [0, scale, -scale * centre[1]], [0, 0, 1]])


def _transform(matrix: Matrix, points: Points) -> Points:
    return points @ matrix[:2, :2].T + matrix[:2, 2]


def _is_a_map(matrix: Matrix) -> bool:
    if not np.isfinite(matrix).all():
        return False
    singular = np.linalg.svd(matrix, compute_uv=False)
    return bool(singular[-1] / singular[0] > WORST_CONDITION)
