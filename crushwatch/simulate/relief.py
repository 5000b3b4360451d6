"""A figure seen from one side: which material is at each pixel, how it is turned to the light, how much sky it sees."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from crushwatch.simulate.build import HEAD_CENTRE_M, WIDEST_M
from crushwatch.simulate.figure import Cloud, nbytes_of
from crushwatch.simulate.surface import Bytes, Floats, turned

HALF_M = 0.75
WHOLE_M = 1.8
"""How far below the head a picture goes that shows about half a figure; no figure goes so far as the other."""

_MARGIN_PX = 2
_BELOW_PX = 4
"""So far below what is asked for, points are looked at too: holes are filled from there."""
_SEEN_THROUGH_MM = 20
_EDGE_ON = 2.0
_DEEPEST_MM = 1 << 12
"""No point of a figure is so far from the head."""
_POINT_BITS = 18
"""A figure has fewer points than that many bits can count; depth and point fit into 31 together."""
_HEAD_MM = round(HEAD_CENTRE_M * 1000)
_POINTS_A_PIXEL = 2.4
"""Points of the cloud used for each pixel of a figure; with fewer there are gaps."""


@dataclass(frozen=True)
class Relief:
    """What a figure shows to a viewer, before light and colours fall on it: P pixels of a picture of `shape`.

    covered: a bit for each pixel of the flattened picture, P of them set    surface: (P,) of `SURFACE`
    normals: (P, 3) int8, in the figure's frame, 127 long
    to_viewer: (3, 3), rows are the viewer's right, up and towards-the-viewer in the figure's frame
    head_px: x, y of the middle of the head in this picture
    scale_px_per_m: pixels per metre
    reach_m: how far below the head the picture goes, measured in the picture
    """

    shape: tuple[int, int]
    covered: Bytes
    surface: npt.NDArray[np.void]
    normals: npt.NDArray[np.int8]
    to_viewer: Floats
    head_px: tuple[int, int]
    scale_px_per_m: float
    reach_m: float

    @property
    def pixel(self) -> npt.NDArray[np.int64]:
        """(P,): indices into the flattened picture."""
        bits = np.unpackbits(self.covered, count=self.shape[0] * self.shape[1])
        return np.flatnonzero(bits.view(np.bool_))

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        return nbytes_of(self.covered, self.surface, self.normals)


def look_at(
    cloud: Cloud, facing_rad: float, pitch_rad: float, scale_px_per_m: float, reach_m: float = WHOLE_M
) -> Relief:
    """The figure as one sees it who looks down by `pitch_rad`; at a facing of 0 it walks straight at the viewer.

    reach_m: no more is looked at than what lies so far below the head, or higher up, in the picture
    """
    to_viewer = _viewer_axes(facing_rad, pitch_rad)
    used = min(len(cloud.points_mm), int(cloud.area_m2 * _POINTS_A_PIXEL * scale_px_per_m**2))
    front = _shown_front(cloud, used, to_viewer, _lowest_mm(pitch_rad, reach_m + _BELOW_PX / scale_px_per_m))
    points_mm = cloud.points_mm.take(front, axis=0)
    points_mm[:, 2] -= _HEAD_MM
    to_picture = to_viewer * np.array([[scale_px_per_m / 1000], [-scale_px_per_m / 1000], [1]])
    right, down, near_mm = turned(points_mm, to_picture).T.copy()
    left, top = math.floor(right.min()) - _MARGIN_PX, math.floor(down.min()) - _MARGIN_PX
    width, height = math.floor(right.max()) - left + _MARGIN_PX + 1, math.floor(down.max()) - top + _MARGIN_PX + 1
    pixel = (down - top).astype(np.int32) * width + (right - left).astype(np.int32)
    shown = _without_holes(_nearest(pixel, near_mm, height * width), (height, width))
    height = min(height, math.ceil(reach_m * scale_px_per_m) - top)
    covered = shown[: height * width] >= 0
    pixel = np.flatnonzero(covered)
    point = front.take(shown.take(pixel))
    surface = cloud.surface.take(point)
    sky = np.zeros(height * width, dtype=np.uint8)
    sky[pixel] = surface["sky"]
    surface["sky"] = cv2.blur(sky.reshape(height, width), (3, 3)).ravel().take(pixel)
    return Relief(
        shape=(height, width),
        covered=np.packbits(covered),
        surface=surface,
        normals=cloud.normals.take(point, axis=0),
        to_viewer=to_viewer,
        head_px=(-left, -top),
        scale_px_per_m=scale_px_per_m,
        reach_m=reach_m,
    )


def _lowest_mm(pitch_rad: float, reach_m: float) -> int:
    """Height below which no point of a figure is seen within `reach_m` of its head."""
    below_m = (reach_m + WIDEST_M * math.sin(pitch_rad)) / math.cos(pitch_rad)
    return _HEAD_MM - math.ceil(1000 * below_m)


def _shown_front(cloud: Cloud, used: int, to_viewer: Floats, lowest_mm: int) -> npt.NDArray[np.int64]:
    """Which of the first `used` points face the viewer and are not below a height."""
    front = turned(cloud.normals[:used], to_viewer[2:])[:, 0] > _EDGE_ON
    if lowest_mm > 0:
        front &= cloud.points_mm[:used, 2] >= lowest_mm
    return np.flatnonzero(front)


def _viewer_axes(facing_rad: float, pitch_rad: float) -> Floats:
    """(3, 3): rows are the viewer's right, up and towards-the-viewer in the figure's frame."""
    turn = np.array(
        [
            [np.cos(facing_rad), -np.sin(facing_rad), 0],
            [np.sin(facing_rad), np.cos(facing_rad), 0],
            [0, 0, 1],
        ]
    )
    level = np.array([[-1, 0, 0], [0, 0, 1], [0, 1, 0]]) @ turn  # facing 0: y of the figure points at the viewer
    cos, sin = np.cos(pitch_rad), np.sin(pitch_rad)
    axes: Floats = (np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]]) @ level).astype(np.float32)
    return axes


def _nearest(pixel: npt.NDArray[np.int32], near_mm: Floats, pixels: int) -> npt.NDArray[np.int32]:
    """(pixels,): the nearest of the points (N,) in each pixel, its depth before its number; -1 where there is none."""
    points = np.arange(len(pixel), dtype=np.int32)
    nearest = np.full(pixels, -1, dtype=np.int32)
    np.maximum.at(nearest, pixel, (near_mm.astype(np.int32) + _DEEPEST_MM) << _POINT_BITS | points)
    return nearest


def _without_holes(nearest: npt.NDArray[np.int32], shape: tuple[int, int]) -> npt.NDArray[np.int32]:
    """(pixels,): which point is shown, -1 for none.

    Pixels that no point hit, or only one far behind its neighbours, take a neighbour's point.
    """
    near_mm = (nearest >> _POINT_BITS).astype(np.int16)
    square = np.ones((3, 3), np.uint8)
    closed = cv2.erode(cv2.dilate(near_mm.reshape(shape), square), square).ravel()
    hole = np.flatnonzero(closed - near_mm > _SEEN_THROUGH_MM)
    width = shape[1]
    beside = hole[:, None] + np.array([1, -1, width, -width, width + 1, -width - 1, width - 1, 1 - width])
    filled = nearest.copy()
    filled[hole] = nearest.take(beside, mode="clip").max(axis=1)
    return np.where(filled >= 0, filled & ((1 << _POINT_BITS) - 1), -1)
