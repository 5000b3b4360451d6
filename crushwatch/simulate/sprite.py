"""A figure seen from one side: which material is at each pixel, how it is turned to the light, how much sky it sees."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from crushwatch.simulate.figure import HEAD_CENTRE_M, Bytes, Cloud, Floats, nbytes_of, turned

_MARGIN_PX = 2
_SEEN_THROUGH_MM = 20
_FAR_MM = 9000
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

    covered: a bit for each pixel of the flattened picture, P of them set    material: (P,) uint8
    normals: (P, 3) int8, right, up, towards, 127 long     tint: (P,) uint8, factor on the colour in 128ths
    sky: (P,) uint8, share of the sky seen, in 255ths      below_head_cm: (P,) uint8, 0 for all that is not below it
    head_px: x, y of the middle of the head in this picture
    scale_px_per_m: pixels per metre
    """

    shape: tuple[int, int]
    covered: Bytes
    material: Bytes
    normals: npt.NDArray[np.int8]
    tint: Bytes
    sky: Bytes
    below_head_cm: Bytes
    head_px: tuple[float, float]
    scale_px_per_m: float

    @property
    def pixel(self) -> npt.NDArray[np.int64]:
        """(P,): indices into the flattened picture."""
        bits = np.unpackbits(self.covered, count=self.shape[0] * self.shape[1])
        return np.flatnonzero(bits.view(np.bool_))

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        return nbytes_of(self.covered, self.material, self.normals, self.tint, self.sky, self.below_head_cm)


def look_at(cloud: Cloud, facing_rad: float, pitch_rad: float, scale_px_per_m: float) -> Relief:
    """The figure as one sees it who looks down by `pitch_rad`; at a facing of 0 it walks straight at the viewer."""
    to_viewer = _viewer_axes(facing_rad, pitch_rad)
    used = min(len(cloud.points_mm), int(cloud.area_m2 * _POINTS_A_PIXEL * scale_px_per_m**2))
    front = np.flatnonzero(turned(cloud.normals[:used], to_viewer[2:])[:, 0] > _EDGE_ON)
    points_mm = cloud.points_mm.take(front, axis=0)
    points_mm[:, 2] -= _HEAD_MM
    right, up, near_mm = turned(points_mm, to_viewer).T.copy()
    column = np.floor(right * (scale_px_per_m / 1000)).astype(np.int32)
    row = np.floor(up * (-scale_px_per_m / 1000)).astype(np.int32)
    left, top = int(column.min()) - _MARGIN_PX, int(row.min()) - _MARGIN_PX
    width, height = int(column.max()) - left + _MARGIN_PX + 1, int(row.max()) - top + _MARGIN_PX + 1
    shown = _nearest((row - top) * width + (column - left), near_mm, height * width)
    shown = _without_holes(shown, near_mm, (height, width))
    covered = shown >= 0
    pixel = np.flatnonzero(covered)
    point = front.take(shown.take(pixel))
    sky = np.zeros(height * width, dtype=np.uint8)
    sky[pixel] = cloud.sky.take(point)
    normals = turned(cloud.normals.take(point, axis=0), to_viewer)
    below_mm = _HEAD_MM - cloud.points_mm[:, 2].take(point)
    return Relief(
        shape=(height, width),
        covered=np.packbits(covered),
        material=cloud.material.take(point),
        normals=np.clip(normals, -127, 127).astype(np.int8),
        tint=cloud.tint.take(point),
        sky=cv2.blur(sky.reshape(height, width), (3, 3)).astype(np.uint8).ravel().take(pixel),
        below_head_cm=np.clip(below_mm / 10, 0, 255).astype(np.uint8),
        head_px=(-left, -top),
        scale_px_per_m=scale_px_per_m,
    )


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
    """(pixels,): which of the points (N,) is the nearest in each pixel, -1 where there is none."""
    points = np.arange(len(pixel), dtype=np.int32)
    nearest = np.full(pixels, -1, dtype=np.int32)
    np.maximum.at(nearest, pixel, (near_mm.astype(np.int32) + _DEEPEST_MM) << _POINT_BITS | points)
    return np.where(nearest >= 0, nearest & ((1 << _POINT_BITS) - 1), -1).astype(np.int32)


def _without_holes(shown: npt.NDArray[np.int32], near_mm: Floats, shape: tuple[int, int]) -> npt.NDArray[np.int32]:
    """Pixels that no point hit, or only one far behind its neighbours, take a neighbour's point."""
    near = np.where(shown >= 0, near_mm[shown], -_FAR_MM)
    square = np.ones((3, 3), np.uint8)
    closed = cv2.erode(cv2.dilate(near.reshape(shape), square), square).ravel()
    hole = np.flatnonzero(closed - near > _SEEN_THROUGH_MM)
    width = shape[1]
    beside = hole[:, None] + np.array([1, -1, width, -width, width + 1, -width - 1, width - 1, 1 - width])
    beside = np.clip(beside, 0, len(shown) - 1)
    filled = shown.copy()
    filled[hole] = shown[beside[np.arange(len(hole)), near[beside].argmax(axis=1)]]
    return filled
