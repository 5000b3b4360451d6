"""What stands on the ground among people: barriers of bars, and panels; drawn once, put between people by depth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np

from crushwatch.simulate.light import Light
from crushwatch.simulate.painter import Fixture
from crushwatch.simulate.pinhole import Pinhole, Points
from crushwatch.simulate.sprite import ready_to_blend
from crushwatch.simulate.surface import Bytes

Kind = Literal["bars", "panel"]
KINDS: tuple[Kind, ...] = ("bars", "panel")

_PIECE_M = 0.5
_RAIL_M = 0.04
_FINE = 4
_SHIFT = 4
_BARS: tuple[tuple[tuple[float, float], tuple[float, float], float], ...] = (
    ((0, 1.0), (1, 1.0), 1.0),
    ((0, 0.15), (1, 0.15), 1.0),
    ((0, 0), (0, 1), 1.2),
    *(((share, 0.15), (share, 1.0), 0.5) for share in (0.2, 0.4, 0.6, 0.8)),
)
"""Lines of half a metre of barrier: from and to as shares of its length and height, and the thickness in rails."""


@dataclass(frozen=True)
class Barrier:
    """A straight barrier on the ground between two points in metres.

    closed_s: the times of the cycle, from and to, at which it stands there; None: always.
    """

    ends_m: tuple[tuple[float, float], tuple[float, float]]
    height_m: float = 1.1
    kind: Kind = "bars"
    colour: tuple[int, int, int] = (146, 150, 156)
    closed_s: tuple[tuple[float, float], ...] | None = None

    def stands_at(self, time_s: float) -> bool:
        """Whether it is there at a time of the cycle."""
        return self.closed_s is None or any(start <= time_s < end for start, end in self.closed_s)


def barrier_fixtures(barrier: Barrier, camera: Pinhole, light: Light) -> list[Fixture]:
    """The barrier in pieces of half a metre, those that the camera sees."""
    red, green, blue = np.minimum(light.on_the_ground() * barrier.colour, 255).astype(int).tolist()
    barrier = replace(barrier, colour=(red, green, blue))
    drawn = (_fixture(barrier, camera, piece_m) for piece_m in _pieces(barrier))
    return [fixture for fixture in drawn if fixture is not None]


def _pieces(barrier: Barrier) -> Iterator[Points]:
    """(2, 2) each: the ends of half a metre of it."""
    start, end = np.array(barrier.ends_m, dtype=np.float64)
    count = max(1, round(float(np.hypot(*(end - start))) / _PIECE_M))
    for number in range(count):
        yield start + (end - start) * np.array([[number / count], [(number + 1) / count]])


def _fixture(barrier: Barrier, camera: Pinhole, piece_m: Points) -> Fixture | None:
    foot, top = (np.column_stack([piece_m, [z, z]]) for z in (0.0, barrier.height_m))
    corners = camera.project(np.concatenate([foot, top]))
    size = np.array(camera.size_px)
    if not np.isfinite(corners).all() or (corners.max(axis=0) < 0).any() or (corners.min(axis=0) > size).any():
        return None
    rail_px = _RAIL_M * camera.focal_px / float(camera.depth_m(foot[:1])[0])
    corner = np.floor(corners.min(axis=0)) - 2 - np.ceil(rail_px)
    columns, rows = (np.ceil(corners.max(axis=0)) + 3 + np.ceil(rail_px) - corner).astype(int)
    fine = np.zeros((rows * _FINE, columns * _FINE, 4), dtype=np.uint8)
    _draw(fine, barrier, (corners - corner) * _FINE, rail_px * _FINE)
    small = cv2.resize(fine, (int(columns), int(rows)), interpolation=cv2.INTER_AREA)
    sprite = ready_to_blend(small.astype(np.uint8), (0, 0))
    return Fixture(float(piece_m[:, 1].mean()), sprite, sprite.corner(corner.tolist()))


def _draw(fine: Bytes, barrier: Barrier, corners: Points, rail_px: float) -> None:
    """Into (H, W, 4) RGBA: corners are the pixels of foot start, foot end, top start, top end."""

    def at(along: float, up: float) -> tuple[int, int]:
        foot, top = corners[0] + along * (corners[1] - corners[0]), corners[2] + along * (corners[3] - corners[2])
        x, y = np.rint((foot + up * (top - foot)) * 2**_SHIFT).astype(int)
        return int(x), int(y)

    if barrier.kind == "panel":
        outline = np.array([at(0, 0), at(1, 0), at(1, 1), at(0, 1)])
        cv2.fillConvexPoly(fine, outline, (*(round(c * 0.8) for c in barrier.colour), 255), cv2.LINE_8, _SHIFT)
        cv2.line(fine, at(0, 1), at(1, 1), (*barrier.colour, 255), max(1, round(2 * rail_px)), cv2.LINE_8, _SHIFT)
        return
    for start, end, rails in _BARS:
        thickness = max(1, round(rail_px * rails))
        cv2.line(fine, at(*start), at(*end), (*barrier.colour, 255), thickness, cv2.LINE_8, _SHIFT)
