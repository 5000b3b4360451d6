"""Shadows of people on the floor: a soft dark patch about the feet, and a long one where the sun is out."""

from __future__ import annotations

import cv2
import numpy as np

from crushwatch.simulate.cast import Placed
from crushwatch.simulate.light import Light
from crushwatch.simulate.pinhole import Pinhole, Points
from crushwatch.simulate.surface import Bytes

_COARSE = 4
_SHIFT = 4
"""Shadows are drawn on a picture a quarter as wide, with coordinates in sixteenths of its pixels."""


def cast_shadows(picture: Bytes, camera: Pinhole, placed: Placed, light: Light) -> None:
    """Darken the floor in `picture`, (H, W, 3) uint8, in place, under and behind the people."""
    height, width = picture.shape[:2]
    shade = np.full((-(-height // _COARSE), -(-width // _COARSE)), 255, dtype=np.uint8)
    sun, share = _sun_on_ground(light)
    if share > 0.1:
        _draw_long_shadows(shade, camera, placed.feet_m, sun, round(255 * (1 - 0.62 * share)))
    soft = _contact_shadows(shade.shape, camera, placed.feet_m)
    shade = cv2.GaussianBlur(cv2.multiply(shade, soft, scale=1 / 255), (0, 0), 1.2)
    shade = cv2.resize(shade, (width, height), interpolation=cv2.INTER_LINEAR)
    cv2.multiply(picture, cv2.merge([shade] * 3), dst=picture, scale=1 / 255)


def _sun_on_ground(light: Light) -> tuple[Points, float]:
    """Where a metre of height throws its shadow, (2,) metres on the ground, and the sun's share of the light."""
    right, up, towards_viewer = light.towards_sun
    reach = np.array([-right, towards_viewer]) / max(up, 0.2)
    sun, sky = float(np.mean(light.sun)), float(np.mean(light.sky))
    return reach, sun * max(up, 0.0) / (sun * max(up, 0.0) + sky + 1e-6)


def _draw_long_shadows(shade: Bytes, camera: Pinhole, feet_m: Points, reach: Points, grey: int) -> None:
    start = camera.project(np.column_stack([feet_m, np.zeros(len(feet_m))])) / _COARSE
    end = camera.project(np.column_stack([feet_m + 1.5 * reach, np.zeros(len(feet_m))])) / _COARSE
    size = camera.focal_px / np.maximum(camera.depth_m(np.column_stack([feet_m, np.zeros(len(feet_m))])), 0.5)
    thick = np.maximum(1, np.rint(0.33 * size / _COARSE)).astype(int)
    drawn = np.isfinite(start).all(axis=1) & np.isfinite(end).all(axis=1) & (np.abs(end - start).max(axis=1) < 2000)
    fixed = np.rint(np.stack([start, end], axis=1)[drawn] * 2**_SHIFT).astype(int)
    for (a, b), line in zip(fixed.tolist(), thick[drawn].tolist(), strict=True):
        cv2.line(shade, a, b, grey, line, cv2.LINE_AA, _SHIFT)


def _contact_shadows(shape: tuple[int, ...], camera: Pinhole, feet_m: Points) -> Bytes:
    """Dark blobs under the feet, wider and deeper where people stand close."""
    soft = np.full(shape, 255, dtype=np.uint8)
    on_ground = np.column_stack([feet_m, np.zeros(len(feet_m))])
    centre = camera.project(on_ground) / _COARSE
    depth = np.maximum(camera.depth_m(on_ground), 0.5)
    wide = 0.3 * camera.focal_px / depth / _COARSE
    flat = np.clip(np.sin(np.arctan2(camera.height_m, np.hypot(feet_m[:, 0], feet_m[:, 1]))), 0.15, 1)
    seen = np.isfinite(centre).all(axis=1)
    fixed = np.rint(np.column_stack([centre, wide, wide * flat])[seen] * 2**_SHIFT).astype(int)
    for x, y, across, along in fixed.tolist():
        cv2.ellipse(soft, (x, y), (across, along), 0, 0, 360, 110, -1, cv2.LINE_AA, _SHIFT)
    return np.asarray(cv2.blur(soft, (5, 5)), dtype=np.uint8)
