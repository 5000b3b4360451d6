"""A figure seen from one side: which material is at each pixel, how it is turned to the light, how much sky it sees."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from crushwatch.simulate.figure import HEAD_CENTRE_M, Bytes, Cloud, Floats, Halves, turned

_MARGIN_PX = 2
_SEEN_THROUGH_M = 0.03


@dataclass(frozen=True)
class Relief:
    """What a figure shows to a viewer, before light and colours fall on it.

    material: (H, W) uint8, 0 where there is nothing    normals: (H, W, 3) float16, axes right, up, towards
    tint: (H, W) float16, factor on the colour          sky: (H, W) float16, 0 to 1
    below_head_m: (H, W) float16, metres below the middle of the head
    head_px: x, y of the middle of the head in this picture
    scale_px_per_m: pixels per metre
    """

    material: Bytes
    normals: Halves
    tint: Halves
    sky: Halves
    below_head_m: Halves
    head_px: tuple[float, float]
    scale_px_per_m: float


def look_at(cloud: Cloud, facing_rad: float, pitch_rad: float, scale_px_per_m: float) -> Relief:
    """The figure as one sees it who looks down by `pitch_rad`; at a facing of 0 it walks straight at the viewer."""
    to_viewer = _viewer_axes(facing_rad, pitch_rad)
    normals = turned(cloud.normals, to_viewer)
    front = np.flatnonzero(normals[:, 2] > 0.02)
    place = turned(cloud.points_m[front] - np.array([0, 0, HEAD_CENTRE_M], dtype=np.float32), to_viewer)
    column, row = place[:, 0] * scale_px_per_m, -place[:, 1] * scale_px_per_m
    left, top = int(np.floor(column.min())) - _MARGIN_PX, int(np.floor(row.min())) - _MARGIN_PX
    width = int(column.max()) - left + 2 * _MARGIN_PX + 1
    height = int(row.max()) - top + 2 * _MARGIN_PX + 1
    pixel = (row - top).astype(np.int32) * width + (column - left).astype(np.int32)
    nearest_last = np.argsort((place[:, 2] * 1000).astype(np.int16), kind="stable")
    shown = np.full(height * width, -1, dtype=np.int32)
    shown[pixel[nearest_last]] = nearest_last
    shown = _without_holes(shown.reshape(height, width), place[:, 2])
    there = shown >= 0
    point = front[np.where(there, shown, 0)]
    return Relief(
        material=np.where(there, cloud.material[point], 0).astype(np.uint8),
        normals=normals[point].astype(np.float16),
        tint=cloud.tint[point],
        sky=cv2.blur(cloud.sky[point].astype(np.float32), (3, 3)).astype(np.float16),
        below_head_m=HEAD_CENTRE_M - cloud.points_m[point, 2],
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


def _without_holes(shown: npt.NDArray[np.int32], nearness_m: Floats) -> npt.NDArray[np.int32]:
    """Pixels that no point hit, or only one far behind its neighbours, take a neighbour's point."""
    near = np.where(shown >= 0, nearness_m[np.maximum(shown, 0)], -9).astype(np.float32)
    around = cv2.dilate(near, np.ones((3, 3), np.uint8))
    closed = cv2.erode(around, np.ones((3, 3), np.uint8))
    hole = closed - near > _SEEN_THROUGH_M
    filled = shown.copy()
    for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (-1, -1)):
        other = np.roll(shown, (dy, dx), axis=(0, 1))
        other_near = np.roll(near, (dy, dx), axis=(0, 1))
        take = hole & (other_near - near > _SEEN_THROUGH_M * 0.7)
        filled[take] = other[take]
        near = np.where(take, other_near, near)
        hole &= closed - near > _SEEN_THROUGH_M
    return filled
