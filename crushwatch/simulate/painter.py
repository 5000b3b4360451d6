"""The people of one moment, painted into a picture: each from the right side, at the right size, far ones first."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from crushwatch.simulate.figure import FIGURE_HEIGHT_M, HEAD_CENTRE_M, Build, Bytes, Cloud, figure_cloud
from crushwatch.simulate.light import Light, Shade, coloured, shaded
from crushwatch.simulate.pinhole import Pinhole, Points
from crushwatch.simulate.sprite import Relief, look_at
from crushwatch.simulate.wardrobe import Outfit

_V = TypeVar("_V")

STRIDE_PHASES = 6
_FACINGS = 16
_PITCH_STEP_RAD = np.radians(7.5)
_FINEST_PX_PER_M = 170.0
_LEAN_STEP_RAD = np.radians(3)
_SIZE_STEP = 1.03
_CROWDING_STEPS = 3
_MB = 1_000_000
_SHADES_MB = 120


@dataclass(frozen=True)
class Actor:
    """One person of the cast: a build (by its place among the figures), clothes, and a height.

    Few builds in many outfits: a build is costly, an outfit is not.
    """

    build: int
    outfit: Outfit
    height_m: float


@dataclass(frozen=True)
class Placed:
    """Who stands where at one moment.

    actor: (N,) index into the cast           feet_m: (N, 2) on the ground
    heading_rad: (N,) in the world, from x    stride_rad: (N,) phase of the walk, NaN for those who stand
    crowding: (N,) 0 to 1, how closely others stand
    """

    actor: npt.NDArray[np.int64]
    feet_m: Points
    heading_rad: Points
    stride_rad: Points
    crowding: Points


@dataclass(frozen=True)
class Sprite:
    """A person ready to paint: colour times alpha, and 255 - alpha, (H, W, 3) uint8 each; head_px is inside."""

    colour: Bytes
    remainder: Bytes
    head_px: tuple[float, float]

    @property
    def nbytes(self) -> int:
        return self.colour.nbytes + self.remainder.nbytes


@dataclass(frozen=True)
class Fixture:
    """A thing that stands among people: how far away along the ground, and where its picture's corner lies."""

    y_m: float
    sprite: Sprite
    corner_px: tuple[float, float]


class Shelf(Generic[_V]):
    """What was made is kept while it weighs no more than `limit` together; then the longest unused goes first."""

    def __init__(self, limit: int, weigh: Callable[[_V], int]) -> None:
        self._limit = limit
        self._weigh = weigh
        self._weight = 0
        self._kept: OrderedDict[Hashable, _V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], _V]) -> _V:
        """The piece of that key; several threads may ask."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            piece = self._kept[key] = make()
            self._weight += self._weigh(piece)
            while self._weight > self._limit and len(self._kept) > 1:
                self._weight -= self._weigh(self._kept.popitem(last=False)[1])
            return piece


class Figures:
    """The cast's figures from all sides, made when first looked at; knows neither light nor clothes."""

    def __init__(self, builds: tuple[Build, ...], clouds_mb: int = 100, reliefs_mb: int = 140) -> None:
        self._builds = builds
        self._clouds: Shelf[Cloud] = Shelf(clouds_mb * _MB, lambda cloud: cloud.nbytes)
        self._reliefs: Shelf[Relief] = Shelf(reliefs_mb * _MB, lambda relief: relief.nbytes)

    def relief(self, build: int, pose: int, facing: int, pitch: int, scale_px_per_m: float) -> Relief:
        """A figure in a pose (-1 standing, else a phase of the walk) from a side (`facing` and `pitch` in steps)."""
        key = (build, pose, facing, pitch, scale_px_per_m)
        return self._reliefs.get(
            key,
            lambda: look_at(
                self._cloud(build, pose), facing * 2 * np.pi / _FACINGS, pitch * _PITCH_STEP_RAD, scale_px_per_m
            ),
        )

    def _cloud(self, build: int, pose: int) -> Cloud:
        stride = None if pose < 0 else pose * 2 * np.pi / STRIDE_PHASES
        return self._clouds.get((build, pose), lambda: figure_cloud(self._builds[build], stride))


class Painter:
    """Paints a cast as one camera sees it under one light."""

    def __init__(
        self, camera: Pinhole, cast: tuple[Actor, ...], light: Light, figures: Figures, sprites_mb: int = 60
    ) -> None:
        self.camera = camera
        self._cast = cast
        self._light = light
        self._figures = figures
        self._shades: Shelf[Shade] = Shelf(_SHADES_MB * _MB, lambda shade: shade.brightness.nbytes)
        self._sprites: Shelf[Sprite] = Shelf(sprites_mb * _MB, lambda sprite: sprite.nbytes)
        self._heights_m = np.array([actor.height_m for actor in cast])

    def heads_m(self, placed: Placed) -> Points:
        """(N, 3): the middle of each head."""
        heights = self._heights_m[placed.actor] * (HEAD_CENTRE_M / FIGURE_HEIGHT_M)
        return np.column_stack([placed.feet_m, heights])

    def paint(self, picture: Bytes, placed: Placed, fixtures: Sequence[Fixture] = ()) -> None:
        """Draw people and fixtures into `picture`, (H, W, 3) uint8 RGB, in place, the farthest first."""
        heads_m = self.heads_m(placed)
        heads_px = self.camera.project(heads_m)
        feet_px = self.camera.project(np.column_stack([placed.feet_m, np.zeros(len(placed.feet_m))]))
        views = self._views(placed, heads_m, heads_px, feet_px)
        in_view = np.isfinite(heads_px[:, 0] + feet_px[:, 0]).tolist()
        at_px, y_m = heads_px.tolist(), placed.feet_m[:, 1].tolist()
        waiting = sorted(fixtures, key=lambda fixture: fixture.y_m)
        for person in np.argsort(-placed.feet_m[:, 1]).tolist():
            while waiting and waiting[-1].y_m > y_m[person]:
                _paste(picture, waiting[-1])
                waiting.pop()
            if in_view[person]:
                _blend(picture, self._sprite(*views[person]), at_px[person])
        for fixture in reversed(waiting):
            _paste(picture, fixture)

    def _views(
        self, placed: Placed, heads_m: Points, heads_px: Points, feet_px: Points
    ) -> list[tuple[int, int, int, int, int, int, int, int]]:
        """What decides the looks of each: actor, pose, facing, pitch, size, length, lean, crowding, in steps."""
        distance = np.hypot(heads_m[:, 0], heads_m[:, 1])
        pitch = np.arctan2(self.camera.height_m - 0.75 * heads_m[:, 2], distance)
        bearing = np.arctan2(-heads_m[:, 1], -heads_m[:, 0])
        facing = (placed.heading_rad - bearing) * _FACINGS / (2 * np.pi)
        depth = np.maximum(self.camera.depth_m(heads_m), 0.1)
        scale = self.camera.focal_px / depth * self._heights_m[placed.actor] / FIGURE_HEIGHT_M
        pitch_step = np.clip(np.rint(pitch / _PITCH_STEP_RAD), 0, 12)
        down = np.nan_to_num(feet_px - heads_px)
        upright = scale * HEAD_CENTRE_M * np.cos(pitch_step * _PITCH_STEP_RAD)
        length = np.clip(np.hypot(down[:, 0], down[:, 1]) / np.maximum(upright, 1), 0.8, 1.25)
        lean = np.arctan2(-down[:, 0], np.maximum(down[:, 1], 1e-3))
        pose = np.where(
            np.isnan(placed.stride_rad), -1, np.floor(placed.stride_rad * STRIDE_PHASES / (2 * np.pi)) % STRIDE_PHASES
        )
        steps = (
            placed.actor,
            pose,
            np.rint(facing) % _FACINGS,
            pitch_step,
            np.rint(np.log(scale) / np.log(_SIZE_STEP)),
            np.rint(np.log(length) / np.log(_SIZE_STEP)),
            np.rint(lean / _LEAN_STEP_RAD),
            np.rint(placed.crowding * _CROWDING_STEPS),
        )
        return [tuple(row) for row in np.column_stack(steps).astype(np.int64).tolist()]

    def _sprite(
        self, actor: int, pose: int, facing: int, pitch: int, size: int, length: int, lean: int, crowding: int
    ) -> Sprite:
        scale_px_per_m = _SIZE_STEP**size

        def make() -> Sprite:
            shade = self._shade(self._cast[actor].build, pose, facing, pitch, _drawn_px_per_m(scale_px_per_m), crowding)
            rgba = coloured(shade, self._cast[actor].outfit)
            return _turned(rgba, shade.relief, scale_px_per_m, _SIZE_STEP**length, lean * _LEAN_STEP_RAD)

        return self._sprites.get((actor, pose, facing, pitch, size, length, lean, crowding), make)

    def _shade(self, build: int, pose: int, facing: int, pitch: int, drawn_px_per_m: float, crowding: int) -> Shade:
        def make() -> Shade:
            relief = self._figures.relief(build, pose, facing, pitch, drawn_px_per_m)
            return shaded(relief, self._light, pitch * _PITCH_STEP_RAD, crowding / _CROWDING_STEPS)

        return self._shades.get((build, pose, facing, pitch, drawn_px_per_m, crowding), make)


def _drawn_px_per_m(scale_px_per_m: float) -> float:
    """The scale at which a figure is drawn before it is reduced: a fifth finer, in steps of a square root of 2."""
    step = np.ceil(np.log2(scale_px_per_m * 1.2) * 2)
    return float(min(2 ** (step / 2), _FINEST_PX_PER_M))


def _turned(rgba: Bytes, relief: Relief, scale_px_per_m: float, length: float, lean_rad: float) -> Sprite:
    """The drawn figure at its size in the picture, leaning as it does away from the picture's middle."""
    across = scale_px_per_m / relief.scale_px_per_m
    along, cos, sin = across * length, math.cos(lean_rad), math.sin(lean_rad)
    rows, columns = relief.shape
    right, down = (cos * across * columns, sin * across * columns), (-sin * along * rows, cos * along * rows)
    left, top = (math.floor(min(0.0, right[axis], down[axis], right[axis] + down[axis])) for axis in (0, 1))
    end_x, end_y = (math.ceil(max(0.0, right[axis], down[axis], right[axis] + down[axis])) for axis in (0, 1))
    matrix = np.array([[cos * across, -sin * along, -left], [sin * across, cos * along, -top]])
    small = cv2.warpAffine(rgba, matrix, (end_x - left, end_y - top), flags=cv2.INTER_LINEAR)
    head_x, head_y = matrix @ (*relief.head_px, 1.0)
    return ready_to_blend(np.asarray(small, dtype=np.uint8), (float(head_x), float(head_y)))


def ready_to_blend(premultiplied: Bytes, head_px: tuple[float, float]) -> Sprite:
    """A sprite from (H, W, 4) RGBA whose colour is already multiplied by its alpha, without the empty edges."""
    remainder = cv2.bitwise_not(cv2.extractChannel(premultiplied, 3))
    x, y, wide, high = cv2.boundingRect(cv2.bitwise_not(remainder))
    cut = slice(y, y + max(high, 1)), slice(x, x + max(wide, 1))
    colour = np.asarray(cv2.cvtColor(premultiplied[cut], cv2.COLOR_RGBA2RGB), dtype=np.uint8)
    whole = np.asarray(cv2.cvtColor(remainder[cut], cv2.COLOR_GRAY2RGB), dtype=np.uint8)
    return Sprite(colour, whole, (head_px[0] - x, head_px[1] - y))


def _paste(picture: Bytes, fixture: Fixture) -> None:
    _blend(picture, fixture.sprite, fixture.corner_px)


def _blend(picture: Bytes, sprite: Sprite, head_px: Sequence[float]) -> None:
    height, width = picture.shape[:2]
    rows, columns = sprite.colour.shape[:2]
    left, top = round(head_px[0] - sprite.head_px[0]), round(head_px[1] - sprite.head_px[1])
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + columns, width), min(top + rows, height)
    if x0 >= x1 or y0 >= y1:
        return
    cut = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    under = picture[y0:y1, x0:x1]
    cv2.multiply(under, sprite.remainder[cut], dst=under, scale=1 / 255)
    cv2.add(under, sprite.colour[cut], dst=under)
