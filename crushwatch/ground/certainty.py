"""How sure a density is, as far as the ground plane goes: what clicked points and the heads' height leave open."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from crushwatch.errors import GroundError
from crushwatch.ground.camera_ground import CameraGround
from crushwatch.ground.grid import GroundGrid
from crushwatch.ground.homography import Points
from crushwatch.ground.polygon import contains
from crushwatch.site import Ground

CLICKED_WITHIN = 0.0015
"""Standard deviation of a point that somebody clicked, in picture widths: 3 pixels of 1920."""
HEAD_HEIGHT_M = 0.05
"""Standard deviation of a crowd's mean height of head around `head_height_m`."""
SIGMAS = 1.645
"""Of a normal distribution, half a 90 % interval."""
LARGEST = 0.5
"""What is said where the points hardly fix the ground at all."""
GIVEN_AREA = 0.1
"""The same for an area in m2 that a person entered instead of a ground plane."""


def density_share(ground: Ground, picture_size_px: tuple[int, int], outline_m: Points) -> float:
    """Half the width of the density's 90 % interval that the ground alone gives, as a share of the density.

    People per m2 go as the head plane's pixels per m2, J. Each coordinate of each point is moved by its standard
    deviation, and the height of the heads by its own; the changes of log J, averaged over the part of the outline that
    is seen, are added as squares. The points' deviation is CLICKED_WITHIN, or what their reprojection error shows
    where that is more (with four points it shows nothing: they are always met).
    """
    fitted = CameraGround.fit(ground, picture_size_px)
    points_m = _seen_points(fitted, outline_m)
    if not len(points_m):
        return LARGEST
    before = _log_pixels_per_m2(fitted, points_m)
    try:
        changes = [
            float(np.mean(_log_pixels_per_m2(CameraGround.fit(moved, picture_size_px), points_m) - before))
            for moved in _moved(ground, _deviation_px(fitted, len(ground.points)))
        ]
    except GroundError:  # a few pixels more and it is no ground
        return LARGEST
    share = SIGMAS * float(np.linalg.norm(changes))
    return min(share, LARGEST) if np.isfinite(share) else LARGEST


def _deviation_px(fitted: CameraGround, points: int) -> float:
    """Of one coordinate of one point; a plane has eight degrees of freedom."""
    clicked = CLICKED_WITHIN * fitted.picture_size_px[0]
    if fitted.reprojection_error_px is None:
        return clicked
    return max(clicked, fitted.reprojection_error_px * float(np.sqrt(points / (2 * points - 8))))


def _moved(ground: Ground, deviation_px: float) -> Iterator[Ground]:
    """The ground with one coordinate of one point moved, each in turn; at last with higher heads."""
    for number, point in enumerate(ground.points):
        for step in ((deviation_px, 0.0), (0.0, deviation_px)):
            moved = point.model_copy(update={"px": (point.px[0] + step[0], point.px[1] + step[1])})
            points = (*ground.points[:number], moved, *ground.points[number + 1 :])
            yield ground.model_copy(update={"points": points})
    yield ground.model_copy(update={"head_height_m": ground.head_height_m + HEAD_HEIGHT_M})


def _seen_points(fitted: CameraGround, outline_m: Points) -> Points:
    centres = GroundGrid.around(outline_m).centres()
    return centres[contains(outline_m, centres) & fitted.sees_heads_at(centres)]


def _log_pixels_per_m2(fitted: CameraGround, points_m: Points) -> Points:
    """log |det| of the head plane's Jacobian at each point: of a homography H it is det(H) / depth^3."""
    matrix = fitted.head_to_image.matrix
    depth = points_m @ matrix[2, :2] + matrix[2, 2]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.log(abs(np.linalg.det(matrix))) - 3 * np.log(depth), dtype=np.float64)
