"""A lens that bends straight lines: from pixels as the camera gives them to those of a camera without a lens, and back.

The formulas and the order of the coefficients are OpenCV's, so that what `cv2.calibrateCamera` or
`cv2.fisheye.calibrate` gave can be written down as it is (Brown 1971; Kannala and Brandt, PAMI 2006).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crushwatch.ground.homography import Homography, Points
from crushwatch.site import Lens

ROUNDS = 30
"""Of the fixed-point iteration that inverts Brown's formula: a wide lens with k1 = -0.35 needs some twenty."""
BELIEVED_PX = 0.2
"""A point that does not come back within this is none that the lens could have shown."""
WIDEST_RAD = np.radians(85)
"""Rays farther from the axis than this meet no flat picture."""


@dataclass(frozen=True)
class LensMap:
    """One lens before a picture of one size. A picture without a lens has its axis in the middle."""

    lens: Lens
    picture_size_px: tuple[int, int]

    def straighten(self, pixels: Points) -> Points:
        """Where a camera without a lens would see what is seen at `pixels`, (N, 2); NaN where this shows nothing."""
        bent = (np.asarray(pixels, np.float64).reshape(-1, 2) - self._axis_px) / self.lens.focal_px
        with np.errstate(all="ignore"):
            straight = self._unbent(bent)
            missed = np.linalg.norm(self._bent(straight) - bent, axis=1) * self.lens.focal_px
            return np.where((missed < BELIEVED_PX)[:, None], straight * self.lens.focal_px + self._middle_px, np.nan)

    def bend(self, straight_px: Points) -> Points:
        """The way back, (N, 2); NaN for what the lens cannot show: far off, its formula folds over."""
        straight = (np.asarray(straight_px, np.float64).reshape(-1, 2) - self._middle_px) / self.lens.focal_px
        with np.errstate(all="ignore"):
            bent = self._bent(straight)
            missed = np.linalg.norm(self._unbent(bent) - straight, axis=1) * self.lens.focal_px
            return np.where((missed < BELIEVED_PX)[:, None], bent * self.lens.focal_px + self._axis_px, np.nan)

    def magnification(self, straight_px: Points) -> Points:
        """(N,): how many pixels of the picture one of a camera without a lens takes there, where it takes least."""
        here = self.bend(straight_px)
        steps = [np.linalg.norm(self.bend(straight_px + step) - here, axis=1) for step in ((1.0, 0.0), (0.0, 1.0))]
        return np.asarray(np.minimum(*steps), dtype=np.float64)

    @property
    def _middle_px(self) -> Points:
        return np.asarray(self.picture_size_px, np.float64) / 2

    @property
    def _axis_px(self) -> Points:
        return self._middle_px if self.lens.centre_px is None else np.asarray(self.lens.centre_px, np.float64)

    def _bent(self, points: Points) -> Points:
        return _fisheye_bent(self._k(4), points) if self.lens.model == "fisheye" else _brown_bent(self._k(8), points)

    def _unbent(self, points: Points) -> Points:
        if self.lens.model == "fisheye":
            return _fisheye_unbent(self._k(4), points)
        return _brown_unbent(self._k(8), points)

    def _k(self, count: int) -> tuple[float, ...]:
        given = self.lens.coefficients
        return (*given, *(0.0,) * (count - len(given)))


@dataclass(frozen=True)
class ToPicture(Homography):
    """From a plane to the pixels of a camera with a lens; the matrix alone leads to those of one without."""

    lens: LensMap

    def apply(self, points: npt.ArrayLike) -> Points:
        """Map (N, 2) points; NaN beyond the horizon and where the lens shows nothing."""
        return self.lens.bend(Homography(self.matrix).apply(points))


@dataclass(frozen=True)
class FromPicture(Homography):
    """From the pixels of a camera with a lens to a plane."""

    lens: LensMap

    def apply(self, points: npt.ArrayLike) -> Points:
        """Map (N, 2) points; NaN at the horizon and beyond, and where the lens shows nothing."""
        return Homography(self.matrix).apply(self.lens.straighten(np.asarray(points, np.float64)))


def _brown_radial(k: tuple[float, ...], r2: Points) -> Points:
    k1, k2, _p1, _p2, k3, k4, k5, k6 = k
    return np.asarray((1 + r2 * (k1 + r2 * (k2 + r2 * k3))) / (1 + r2 * (k4 + r2 * (k5 + r2 * k6))), dtype=np.float64)


def _brown_sideways(k: tuple[float, ...], points: Points, r2: Points) -> Points:
    p1, p2 = k[2], k[3]
    x, y = points[:, 0], points[:, 1]
    return np.column_stack([2 * p1 * x * y + p2 * (r2 + 2 * x * x), p1 * (r2 + 2 * y * y) + 2 * p2 * x * y])


def _brown_bent(k: tuple[float, ...], points: Points) -> Points:
    r2 = np.sum(points**2, axis=1)
    return points * _brown_radial(k, r2)[:, None] + _brown_sideways(k, points, r2)


def _brown_unbent(k: tuple[float, ...], bent: Points) -> Points:
    points = bent.copy()
    for _round in range(ROUNDS):
        r2 = np.sum(points**2, axis=1)
        points = (bent - _brown_sideways(k, points, r2)) / _brown_radial(k, r2)[:, None]
    return points


def _fisheye_angle(k: tuple[float, ...], angle: Points) -> Points:
    a2 = angle**2
    return np.asarray(angle * (1 + a2 * (k[0] + a2 * (k[1] + a2 * (k[2] + a2 * k[3])))), dtype=np.float64)


def _fisheye_bent(k: tuple[float, ...], points: Points) -> Points:
    radius = np.linalg.norm(points, axis=1)
    bent = _fisheye_angle(k, np.arctan(radius))
    return points * np.where(radius > 1e-12, bent / np.maximum(radius, 1e-12), 1.0)[:, None]


def _fisheye_unbent(k: tuple[float, ...], bent: Points) -> Points:
    """Newton's iteration for the angle, from which the radius follows as its tangent."""
    bent_angle = np.linalg.norm(bent, axis=1)
    angle = bent_angle.copy()
    for _round in range(10):
        a2 = angle**2
        slope = 1 + a2 * (3 * k[0] + a2 * (5 * k[1] + a2 * (7 * k[2] + a2 * 9 * k[3])))
        angle = angle - (_fisheye_angle(k, angle) - bent_angle) / slope
    angle = np.where((angle >= 0) & (angle < WIDEST_RAD), angle, np.nan)
    return bent * np.where(bent_angle > 1e-12, np.tan(angle) / np.maximum(bent_angle, 1e-12), 1.0)[:, None]
