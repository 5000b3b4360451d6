"""The people of one moment, painted into a picture: each from the right side, at the right size, far ones first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from crushwatch.simulate.build import FIGURE_HEIGHT_M, HEAD_CENTRE_M, Build
from crushwatch.simulate.cast import Actor, Placed
from crushwatch.simulate.cover import Cover
from crushwatch.simulate.figure import Cloud, figure_cloud
from crushwatch.simulate.light import Light, Shade, shaded
from crushwatch.simulate.pinhole import Pinhole, Points
from crushwatch.simulate.relief import HALF_M, WHOLE_M, Relief, look_at
from crushwatch.simulate.shelf import Shelf
from crushwatch.simulate.sprite import Sprite, blend, dressed
from crushwatch.simulate.surface import Bytes
from crushwatch.simulate.view import (
    CROWDING_STEPS,
    FACINGS,
    PITCH_STEP_RAD,
    STRIDE_PHASES,
    View,
    boxes_px,
    reach_step_m,
    reaches_m,
    views_of,
)

_MB = 1_000_000
_SHADES_MB = 120


@dataclass(frozen=True)
class Fixture:
    """A thing that stands among people: how far away along the ground, and where its picture's corner lies."""

    y_m: float
    sprite: Sprite
    corner_px: tuple[int, int]


class Figures:
    """The cast's figures from all sides, made when first looked at; knows neither light nor clothes."""

    def __init__(self, builds: tuple[Build, ...], clouds_mb: int = 100, reliefs_mb: int = 140) -> None:
        self._builds = builds
        self._clouds: Shelf[Cloud] = Shelf(clouds_mb * _MB, lambda cloud: cloud.nbytes)
        self._reliefs: Shelf[Relief] = Shelf(reliefs_mb * _MB, lambda relief: relief.nbytes)

    def relief(self, build: int, view: View, reach_m: float) -> Relief:
        """A figure as it is seen, at least so far down from its head: half of it or the whole."""
        scale_px_per_m, reach_m = view.drawn_px_per_m, HALF_M if reach_m <= HALF_M else WHOLE_M

        def make() -> Relief:
            facing_rad, pitch_rad = view.facing * 2 * np.pi / FACINGS, view.pitch * PITCH_STEP_RAD
            return look_at(self._cloud(build, view.pose), facing_rad, pitch_rad, scale_px_per_m, reach_m)

        key = (build, view.pose, view.facing, view.pitch, scale_px_per_m)
        return self._reliefs.get(key, make, lambda relief: relief.reach_m >= reach_m)

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
        self._shades: Shelf[Shade] = Shelf(_SHADES_MB * _MB, lambda shade: shade.lit.nbytes)
        self._sprites: Shelf[Sprite] = Shelf(sprites_mb * _MB, lambda sprite: sprite.nbytes)
        self._heights_m = np.array([actor.height_m for actor in cast])

    def heads_m(self, placed: Placed) -> Points:
        """(N, 3): the middle of each head."""
        heights = self._heights_m[placed.actor] * (HEAD_CENTRE_M / FIGURE_HEIGHT_M)
        return np.column_stack([placed.feet_m, heights])

    def paint(self, picture: Bytes, placed: Placed, fixtures: Sequence[Fixture] = ()) -> None:
        """Draw people and fixtures into `picture`, (H, W, 3) uint8 RGB, in place, the farthest first."""
        near_first = [*self._near_first(picture.shape, placed)]
        waiting = sorted(fixtures, key=lambda fixture: fixture.y_m)
        for y_m, sprite, corner_px, seen_to in reversed(near_first):
            while waiting and waiting[-1].y_m > y_m:
                fixture = waiting.pop()
                blend(picture, fixture.sprite, fixture.corner_px)
            blend(picture[:seen_to], sprite, corner_px)
        for fixture in reversed(waiting):
            blend(picture, fixture.sprite, fixture.corner_px)

    def _near_first(
        self, shape: tuple[int, ...], placed: Placed
    ) -> Iterator[tuple[float, Sprite, tuple[int, int], int]]:
        """How far away, what, where and down to which row is to be painted: nothing that is hidden."""
        heads_m = self.heads_m(placed)
        heads_px = self.camera.project(heads_m)
        views = views_of(placed, self._heights_m[placed.actor], heads_m, self.camera)
        at_px, y_m = heads_px.tolist(), placed.feet_m[:, 1].tolist()
        before_camera = np.flatnonzero(np.isfinite(heads_px[:, 0]))
        cover = Cover(*shape[:2])
        cells, reaches = cover.cells(np.nan_to_num(boxes_px(views, heads_px))).tolist(), reaches_m(views).tolist()
        for person in before_camera[np.argsort(placed.feet_m[before_camera, 1], kind="stable")].tolist():
            seen_to = cover.seen_down_to(*cells[person])
            if seen_to is None:
                continue
            at_head_m, per_px = reaches[person]
            reach_m = reach_step_m(at_head_m + per_px * (seen_to - at_px[person][1]))
            sprite = self._sprite(views[person], reach_m)
            corner_px = sprite.corner(at_px[person])
            cover.add(sprite.gaps, *corner_px)
            yield y_m[person], sprite, corner_px, seen_to

    def _sprite(self, view: View, reach_m: float) -> Sprite:
        actor = self._cast[view.actor]

        def make() -> Sprite:
            shade = self._shade(actor.build, view, reach_m)
            return dressed(shade, actor.outfit, view.scale_px_per_m, view.stretch, view.lean_rad, reach_m)

        return self._sprites.get(view, make, lambda sprite: sprite.reach_m >= reach_m)

    def _shade(self, build: int, view: View, reach_m: float) -> Shade:
        def make() -> Shade:
            relief = self._figures.relief(build, view, reach_m)
            return shaded(relief, self._light, view.pitch * PITCH_STEP_RAD, view.crowding / CROWDING_STEPS)

        key = (build, view.pose, view.facing, view.pitch, view.drawn_px_per_m, view.crowding)
        return self._shades.get(key, make, lambda shade: shade.reach_m >= reach_m)
