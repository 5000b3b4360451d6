"""What closes the view behind a crowd: sky, and a front of houses with windows, doors and shop signs."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from crushwatch.simulate.pinhole import Pinhole
from crushwatch.simulate.surface import Bytes

_BAY_PX = 64
_BAYS = 16
_STOREY_PX = 64
_FAR_M = 200.0
_FARTHEST_PX = 60_000


@dataclass(frozen=True)
class Facade:
    """A front of houses between two points of the ground: how high, and how wide and high its windows' bays are."""

    ends_m: tuple[tuple[float, float], tuple[float, float]]
    height_m: float = 9.0
    bay_m: float = 3.0
    colour: tuple[float, float, float] = (150, 138, 122)
    seed: int = 0


def draw_sky(picture: Bytes, camera: Pinhole, colour: tuple[float, float, float]) -> None:
    """Fill what is above the ground's far end, in place."""
    end = float(camera.project(np.array([[0.0, _FAR_M, 0.0]]))[0, 1])
    rows = int(np.clip(np.nan_to_num(end, nan=0.0), 0, picture.shape[0]))
    fade = np.linspace(0.85, 1.0, max(rows, 1))[:rows, None, None]
    picture[:rows] = np.clip(fade * np.array(colour), 0, 255)


def draw_facade(picture: Bytes, camera: Pinhole, facade: Facade) -> None:
    """Paint the front over floor and sky, in place; one that reaches behind the camera is left out."""
    start, end = np.array(facade.ends_m, dtype=np.float64)
    corners = np.array([[*start, 0], [*end, 0], [*end, facade.height_m], [*start, facade.height_m]])
    outline = camera.project(corners)
    if not np.isfinite(outline).all() or np.abs(outline).max() > _FARTHEST_PX:
        return
    cover = np.zeros(picture.shape[:2], dtype=np.uint8)
    cv2.fillConvexPoly(cover, np.rint(outline * 16).astype(np.int32), 255, cv2.LINE_8, 4)
    metres = np.diag([facade.bay_m / _BAY_PX, facade.bay_m / _STOREY_PX, 1.0])
    along = (end - start) / np.hypot(*(end - start))
    to_pixels = _upright_homography(camera, start, along) @ metres
    front = cv2.warpPerspective(_front(facade), to_pixels, camera.size_px, borderMode=cv2.BORDER_WRAP)
    picture[cover > 0] = front[cover > 0]


def _upright_homography(
    camera: Pinhole, start_m: npt.NDArray[np.float64], along: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """(3, 3): metres along an upright wall and metres of height on it, to pixels."""
    u, v, f, h = camera.size_px[0] / 2, camera.size_px[1] / 2, camera.focal_px, camera.height_m
    cos, sin = np.cos(camera.tilt_rad), np.sin(camera.tilt_rad)
    right = np.array([along[0], 0.0, start_m[0]])
    up = np.array([along[1] * sin, cos, start_m[1] * sin - h * cos])
    depth = np.array([along[1] * cos, -sin, start_m[1] * cos + h * sin])
    return np.stack([f * right + u * depth, -f * up + v * depth, depth])


def _front(facade: Facade) -> Bytes:
    """A texture that repeats: storeys of windows over shops."""
    rng = np.random.default_rng(facade.seed)
    storeys = max(1, round(facade.height_m / facade.bay_m))
    shade = rng.normal(1, 0.03, (storeys * _STOREY_PX, _BAYS * _BAY_PX, 1))
    front = np.clip(shade * np.array(facade.colour), 0, 255).astype(np.uint8)
    for bay in range(_BAYS):
        _paint_shop(front, bay, rng)
        for storey in range(1, storeys):
            _paint_window(front, bay, storey, rng)
    return np.asarray(cv2.GaussianBlur(front, (3, 3), 0), dtype=np.uint8)


def _paint_shop(front: Bytes, bay: int, rng: np.random.Generator) -> None:
    left = bay * _BAY_PX
    glass = _tone(rng, 20, 130, 12)
    sign = tuple(rng.uniform(40, 220, 3).tolist())
    cv2.rectangle(front, (left + 5, 0), (left + _BAY_PX - 6, 44), glass, -1)
    cv2.rectangle(front, (left + 2, 46), (left + _BAY_PX - 3, 58), sign, -1)
    for x, y, wide in rng.uniform((8, 4, 3), (50, 36, 14), (int(rng.integers(2, 9)), 3)):
        corner = (round(left + x), round(y))
        cv2.rectangle(front, corner, (corner[0] + round(wide), corner[1] + 6), _tone(rng, 30, 210, 30), -1)


def _paint_window(front: Bytes, bay: int, storey: int, rng: np.random.Generator) -> None:
    left, low = bay * _BAY_PX + 14, storey * _STOREY_PX + 16
    cv2.rectangle(front, (left - 3, low - 3), (left + 39, low + 39), _tone(rng, 120, 220, 6), -1)
    cv2.rectangle(front, (left, low), (left + 36, low + 36), _tone(rng, 20, 110, 10), -1)
    cv2.line(front, (left + 18, low), (left + 18, low + 36), _tone(rng, 120, 220, 6), 2)


def _tone(rng: np.random.Generator, low: float, high: float, tint: float) -> tuple[float, float, float]:
    red, green, blue = np.clip(rng.uniform(low, high) + rng.normal(0, tint, 3), 0, 255).tolist()
    return red, green, blue
