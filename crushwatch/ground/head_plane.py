"""The plane of the heads: parallel to the ground, about 1.6 m above it.

A density map shows heads. Put through the ground's homography they land where the ray through the head meets the
ground, which for a camera 6 m up is more than a third too far away. The camera is recovered from the ground's
homography, and the head plane's homography from the camera.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crushwatch.errors import GroundError
from crushwatch.ground.homography import Homography, Matrix, oriented

FOCAL_RANGE = (0.2, 20.0)
"""Focal lengths believed, in picture widths: 0.2 is a fisheye's 136 degrees, 20 a long telephoto lens."""


@dataclass(frozen=True)
class Pose:
    """The camera as it follows from the ground's homography."""

    focal_px: float
    height_m: float
    tilt_deg: float
    """Angle of the optical axis below the horizon: 0 level, 90 straight down."""
    position_m: tuple[float, float]
    """The point of the ground below the camera."""


def head_plane(
    ground_to_image: Homography, picture_size_px: tuple[int, int], head_height_m: float, focal_px: float | None = None
) -> tuple[Homography, Pose]:
    """The homography of the plane `head_height_m` above the ground, (metres -> pixels), and the camera.

    Assumes square pixels, no skew, the principal point in the picture's centre. H = l K [r1 r2 t]; the focal length
    follows from r1.r2 = 0 and |r1| = |r2|, as in Zhang, "A Flexible New Technique for Camera Calibration", PAMI 2000,
    eq. 3 and 4; then H_head = l K [r1 r2 t + h r3], r3 towards the camera's side of the ground.
    A focal length that is known is taken as it is. Raises GroundError where no camera could have seen the points so. A
    camera that looks straight down leaves the focal length open; it is then taken as one picture width.
    """
    width, height = picture_size_px
    centre = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1]], dtype=np.float64)
    centred = centre @ ground_to_image.matrix
    focal_px = focal_px or _focal_length(centred, float(width))
    inverse_k = np.diag([1 / focal_px, 1 / focal_px, 1.0])
    columns = inverse_k @ centred
    scale = (np.linalg.norm(columns[:, 0]) + np.linalg.norm(columns[:, 1])) / 2
    rotation = _nearest_rotation(columns[:, 0] / scale, columns[:, 1] / scale)
    translation = columns[:, 2] / scale
    position = -rotation.T @ translation
    up = rotation[:, 2] * np.sign(position[2])  # the ground's axes may be left- or right-handed
    if abs(position[2]) <= head_height_m:
        raise GroundError(
            f"the points put the camera {abs(position[2]):.2f} m above the ground, below the heads; check their metres"
        )
    k = np.linalg.inv(centre) @ np.diag([focal_px, focal_px, 1.0])
    matrix = ground_to_image.matrix.copy()
    matrix[:, 2] += scale * head_height_m * (k @ up)
    pose = Pose(
        focal_px=focal_px,
        height_m=float(abs(position[2])),
        tilt_deg=float(np.degrees(np.arcsin(np.clip(-up[2], -1, 1)))),
        position_m=(float(position[0]), float(position[1])),
    )
    return oriented(matrix, _points_ahead(ground_to_image)), pose


def _focal_length(centred: Matrix, width: float) -> float:
    """Least squares of the two constraints in u = 1 / f^2, with pixels scaled by the picture's width."""
    unit = np.diag([1 / width, 1 / width, 1.0]) @ centred
    unit = unit / np.sqrt(np.linalg.norm(unit[:, 0]) * np.linalg.norm(unit[:, 1]))
    (a1, b1, c1), (a2, b2, c2) = unit[:, 0], unit[:, 1]
    slope = np.array([a1 * a2 + b1 * b2, (a1**2 + b1**2 - a2**2 - b2**2) / 2])
    offset = np.array([c1 * c2, (c1**2 - c2**2) / 2])
    if np.abs(offset).max() < 1e-9:  # the picture plane is parallel to the ground
        return width
    u = -(slope @ offset) / (slope @ slope) if slope @ slope > 0 else -1.0
    focal = 1 / np.sqrt(u) if u > 0 else np.nan
    if not FOCAL_RANGE[0] <= focal <= FOCAL_RANGE[1]:
        raise GroundError(
            "no camera sees the points like this: they do not lie on one flat ground, or pixels and metres are mixed up"
        )
    return float(focal * width)


def _nearest_rotation(r1: Matrix, r2: Matrix) -> Matrix:
    left, _singular, right = np.linalg.svd(np.column_stack([r1, r2, np.cross(r1, r2)]))
    rotation: Matrix = left @ right
    return rotation


def _points_ahead(ground_to_image: Homography) -> Matrix:
    """Ground points far ahead of the camera, where the sign of the depth is the same for ground and heads."""
    forward = ground_to_image.matrix[2, :2]
    length = float(np.linalg.norm(forward))
    if length < 1e-12:
        return np.zeros((1, 2))
    return (forward / length * 1e4).reshape(1, 2)
