"""The floor: paving, asphalt or brick with joints, stains and wear, seen by a camera."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from crushwatch.simulate.pinhole import Pinhole
from crushwatch.simulate.surface import Bytes, Floats

_TILE_M = 16.0
_TEXTURE_PX = 1024


@dataclass(frozen=True)
class Floor:
    """What lies on the ground. `slab_m`: length and width of a slab or brick; `colour` as a display shows it."""

    kind: Literal["slabs", "asphalt", "bricks"] = "slabs"
    slab_m: tuple[float, float] = (0.9, 0.6)
    colour: tuple[float, float, float] = (150, 146, 140)
    contrast: float = 1.0
    turn_rad: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Mark:
    """Paint on the floor: a convex outline in metres, its colour, and how much of the floor it covers (0 to 1)."""

    outline_m: tuple[tuple[float, float], ...]
    colour: tuple[int, int, int]
    cover: float = 0.8


def floor_picture(camera: Pinhole, floor: Floor, marks: Sequence[Mark] = ()) -> Bytes:
    """(H, W, 3) uint8 RGB: the floor as the camera sees it, out to its horizon, without people."""
    texture = _texture(floor)
    width, height = camera.size_px
    scale = _TEXTURE_PX / _TILE_M
    cos, sin = np.cos(floor.turn_rad), np.sin(floor.turn_rad)
    from_texture = np.array([[cos / scale, -sin / scale, 0], [sin / scale, cos / scale, 0], [0, 0, 1]])
    fine = np.diag([2.0, 2.0, 1.0]) @ camera.ground_homography() @ from_texture
    wide = cv2.warpPerspective(
        texture, fine, (2 * width, 2 * height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP
    )
    picture = cv2.resize(wide, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8)
    for mark in marks:
        _paint_mark(picture, camera, mark)
    return picture


def _paint_mark(picture: Bytes, camera: Pinhole, mark: Mark) -> None:
    """Paint that takes the light and wear of the floor below it."""
    outline = camera.project(np.column_stack([np.array(mark.outline_m), np.zeros(len(mark.outline_m))]))
    cover = np.zeros(picture.shape[:2], dtype=np.float32)
    cv2.fillConvexPoly(cover, np.rint(outline * 16).astype(np.int32), mark.cover, cv2.LINE_AA, 4)
    worn = picture.mean(axis=2, keepdims=True) / max(1.0, float(picture.mean()))
    painted = np.clip(np.array(mark.colour) * worn, 0, 255)
    picture[:] = picture + cover[..., None] * (painted - picture)


def _texture(floor: Floor) -> Bytes:
    rng = np.random.default_rng(floor.seed)
    shade = 1 + floor.contrast * (0.05 * _cloudy(rng, 8) + 0.04 * _cloudy(rng, 40) + 0.035 * _cloudy(rng, 400))
    stains = np.clip(_cloudy(rng, 14) - 1.3, 0, 1) * 0.25 + np.clip(_cloudy(rng, 90) - 2.2, 0, 1) * 0.4
    shade = shade * (1 - floor.contrast * stains)
    if floor.kind != "asphalt":
        shade = shade * _slabs(floor, rng)
    tone = np.stack([1 + 0.015 * _cloudy(rng, 5) for _ in range(3)], axis=2)
    texture: Bytes = np.clip(shade[..., None] * tone * np.array(floor.colour), 0, 255).astype(np.uint8)
    return texture


def _slabs(floor: Floor, rng: np.random.Generator) -> Floats:
    """Each slab a little different, with dark joints."""
    along = max(1, round(_TILE_M / floor.slab_m[0]))
    rows = max(2, round(_TILE_M / floor.slab_m[1]))
    at = np.arange(_TEXTURE_PX) / _TEXTURE_PX
    row = np.broadcast_to((at * rows)[:, None], (_TEXTURE_PX, _TEXTURE_PX))
    offset = 0.5 * (np.floor(row) % 2) if floor.kind == "bricks" else 0
    column = (at * along)[None, :] + offset
    each = rng.normal(1, 0.05 * floor.contrast, (rows, along))
    shade = each[np.floor(row).astype(int) % rows, np.floor(column).astype(int) % along]
    joint_m = 0.014
    in_joint = ((row % 1) * floor.slab_m[1] < joint_m) | ((column % 1) * floor.slab_m[0] < joint_m)
    jointed: Floats = (shade * np.where(in_joint, 1 - 0.45 * min(1.0, floor.contrast), 1)).astype(np.float32)
    return jointed


def _cloudy(rng: np.random.Generator, cells: int) -> Floats:
    """Smooth noise of unit spread that wraps around."""
    coarse = rng.standard_normal((cells, cells)).astype(np.float32)
    wrapped = np.pad(coarse, 2, mode="wrap")
    fine = cv2.resize(wrapped, None, fx=_TEXTURE_PX / cells, fy=_TEXTURE_PX / cells, interpolation=cv2.INTER_CUBIC)
    edge = round(2 * _TEXTURE_PX / cells)
    return np.asarray(fine[edge : edge + _TEXTURE_PX, edge : edge + _TEXTURE_PX], dtype=np.float32)
