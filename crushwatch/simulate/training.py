"""Frames to train and test a counting network on: random cameras, light, crowds and lenses, every head known."""

from __future__ import annotations

import functools

import numpy as np

from crushwatch.simulate.backdrop import Facade, draw_facade, draw_sky
from crushwatch.simulate.barrier import KINDS, Barrier, barrier_fixtures
from crushwatch.simulate.cast import Actor, Placed
from crushwatch.simulate.crowd import crowding
from crushwatch.simulate.ground import Floor, floor_picture
from crushwatch.simulate.lens import Film, Lens
from crushwatch.simulate.light import Light, lit_floor
from crushwatch.simulate.painter import Figures, Fixture, Painter
from crushwatch.simulate.pinhole import Pinhole, Points
from crushwatch.simulate.shadow import cast_shadows
from crushwatch.simulate.surface import Bytes
from crushwatch.simulate.wardrobe import random_build, random_outfit

_BUILDS = 40
_OUTFITS = 160
_SEED = 20221029
_FARTHEST_M = 45.0
_SMALLEST_HEAD_PX = 3.5
_HEAD_WIDTH_M = 0.18
_MOST_PEOPLE = 900
_FACADE_M = 120.0


def render_training_frame(rng: np.random.Generator, size: tuple[int, int] = (640, 480)) -> tuple[Bytes, Points]:
    """A rendered crowd: image (H, W, 3) uint8 RGB and heads_px (N, 2), the middle of every head inside the picture.

    Heads hidden behind others are among them. Cameras stand 3 to 12 m high and look down by 15 to 70 degrees; crowds
    have 0 to 8 people per m2. The same generator state gives the same frame.
    """
    camera = _random_camera(rng, size)
    light, lens = _random_light(rng)
    picture = floor_picture(camera, _random_floor(rng))
    farthest_m = _draw_backdrop(rng, picture, camera)
    lit_floor(picture, light)
    placed = _placed(rng, _random_crowd(rng, camera, farthest_m))
    painter = Painter(camera, _cast(), light, _figures(), sprites_mb=1)
    cast_shadows(picture, camera, placed, light)
    painter.paint(picture, placed, _random_barriers(rng, camera, light))
    heads_px = camera.project(painter.heads_m(placed))
    inside = ((heads_px >= 0) & (heads_px < np.array(size))).all(axis=1)
    return Film(size, lens, int(rng.integers(2**31))).develop(picture, 0), heads_px[inside]


@functools.cache
def _cast() -> tuple[Actor, ...]:
    rng = np.random.default_rng(_SEED)
    return tuple(
        Actor(index % _BUILDS, random_outfit(rng), float(np.clip(rng.normal(1.69, 0.09), 1.45, 1.95)))
        for index in range(_OUTFITS)
    )


@functools.cache
def _figures() -> Figures:
    rng = np.random.default_rng(_SEED)
    builds = tuple(random_build(rng) for _ in range(_BUILDS))
    return Figures(builds, clouds_mb=400, reliefs_mb=20)


def _random_camera(rng: np.random.Generator, size: tuple[int, int]) -> Pinhole:
    height_m = float(rng.uniform(3, 12))
    tilt_rad = float(np.radians(rng.uniform(15, 70)))
    head_px = float(np.exp(rng.uniform(np.log(8), np.log(40))))
    distance_m = (height_m - 1.6) / np.sin(tilt_rad)
    focal_px = float(np.clip(head_px / _HEAD_WIDTH_M * distance_m, 0.55 * size[0], 4 * size[0]))
    return Pinhole(height_m, tilt_rad, focal_px, size)


def _random_floor(rng: np.random.Generator) -> Floor:
    grey = rng.uniform(60, 190)
    tone = rng.normal(0, 6, 3)
    return Floor(
        kind=("slabs", "asphalt", "bricks")[int(rng.integers(3))],
        slab_m=(float(rng.choice([0.2, 0.4, 0.6, 0.9, 1.2])), float(rng.choice([0.1, 0.3, 0.4, 0.6, 0.9]))),
        colour=(grey + tone[0] + rng.uniform(-6, 14), grey + tone[1], grey + tone[2] - rng.uniform(-4, 14)),
        contrast=float(rng.uniform(0.4, 1.6)),
        turn_rad=float(rng.uniform(0, np.pi)),
        seed=int(rng.integers(2**31)),
    )


def _draw_backdrop(rng: np.random.Generator, picture: Bytes, camera: Pinhole) -> float:
    """Sky, and mostly houses; returns how far away people may stand before them, in metres along the ground."""
    grey = rng.uniform(90, 235)
    draw_sky(picture, camera, (grey, grey * rng.uniform(0.97, 1.05), grey * rng.uniform(1.0, 1.15)))
    if rng.random() < 0.3:
        return _FARTHEST_M
    tone = rng.uniform(60, 200) * rng.normal(1, 0.06, 3)
    y_m = float(rng.uniform(12, 60))
    facade = Facade(
        ends_m=((-_FACADE_M, y_m), (_FACADE_M, y_m)),
        height_m=float(rng.uniform(4, 25)),
        bay_m=float(rng.uniform(2.5, 5)),
        colour=(float(tone[0]), float(tone[1]), float(tone[2])),
        seed=int(rng.integers(2**31)),
    )
    draw_facade(picture, camera, facade)
    return y_m - 0.5


def _random_barriers(rng: np.random.Generator, camera: Pinhole, light: Light) -> list[Fixture]:
    """Now and then a barrier or two through the view."""
    fixtures: list[Fixture] = []
    for _ in range(int(rng.choice([0, 0, 0, 1, 2]))):
        ends = np.array([rng.uniform(-8, 8), rng.uniform(3, 25)]) + rng.uniform(-6, 6, (2, 2))
        (x0, y0), (x1, y1) = ends.tolist()
        kind = KINDS[int(rng.integers(len(KINDS)))]
        red, green, blue = np.clip(rng.uniform(60, 210) + rng.normal(0, 20, 3), 20, 240).astype(int).tolist()
        fixtures += barrier_fixtures(Barrier(((x0, y0), (x1, y1)), 1.1, kind, (red, green, blue)), camera, light)
    return fixtures


def _random_light(rng: np.random.Generator) -> tuple[Light, Lens]:
    azimuth, rise = rng.uniform(0, 2 * np.pi), rng.uniform(0.25, 1.2)
    towards = (np.cos(azimuth) * np.cos(rise), np.sin(rise), np.sin(azimuth) * np.cos(rise))
    cloudy, night = rng.random() < 0.5, rng.random() < 0.15
    strength = rng.uniform(0.05, 0.35) if cloudy else rng.uniform(0.5, 0.95)
    sky = rng.uniform(0.75, 1.1) if cloudy else rng.uniform(0.4, 0.75)
    dark = rng.uniform(0.12, 0.4) if night else 1.0
    warm = rng.uniform(0.95, 1.2)
    light = Light(
        towards_sun=towards,
        sky=(sky * dark * rng.uniform(0.9, 1), sky * dark, sky * dark * rng.uniform(1, 1.12)),
        sun=(strength * dark * warm, strength * dark, strength * dark / warm),
    )
    lens = Lens(
        blur_px=float(rng.choice([0, rng.uniform(0.3, 1.2)])),
        noise=float(rng.uniform(0.5, 5) * (2 if night else 1)),
        jpeg_quality=int(rng.uniform(45, 95)),
        gain=float(rng.uniform(0.8, 1.2) * (1.3 if night else 1)),
        warmth=float(rng.uniform(0.93, 1.08)),
        contrast=float(rng.uniform(0.75, 1.2)),
        rain=float(rng.uniform(0.2, 1.0)) if rng.random() < 0.08 else 0.0,
    )
    return light, lens


def _random_crowd(rng: np.random.Generator, camera: Pinhole, farthest_m: float) -> Points:
    """Feet (N, 2): people at least an arm's or a shoulder's width apart, in a patch or everywhere, some outside it."""
    ground = _seen_ground(camera)
    low, high = ground.min(axis=0) - 0.5, ground.max(axis=0) + 0.5
    area = float(np.prod(high - low))
    density = 0.0 if rng.random() < 0.04 else float(8 * rng.random() ** 2.2)
    wanted = int(min(density * area, 4 * _MOST_PEOPLE))
    apart_m = min(0.6, 0.8 / np.sqrt(max(density, 0.1))) * rng.uniform(0.6, 1.0)
    feet = _scattered(rng, low, high, wanted, apart_m)
    if rng.random() < 0.5:
        feet = feet[_in_patch(rng, feet, low, high) | (rng.random(len(feet)) < min(1.0, 0.3 / max(density, 0.01)))]
    heads_px = camera.project(np.column_stack([feet, np.full(len(feet), 1.6)]))
    feet_px = camera.project(np.column_stack([feet, np.zeros(len(feet))]))
    size = np.array(camera.size_px)
    near = ((heads_px > -80) & (feet_px > -80) & (heads_px < size + 80)).all(axis=1)
    near &= camera.height_m * 0.6 < camera.depth_m(np.column_stack([feet, np.zeros(len(feet))]))
    near &= feet[:, 1] < farthest_m
    return feet[near][:_MOST_PEOPLE]


def _seen_ground(camera: Pinhole) -> Points:
    """Ground points (N, 2) that the camera sees from its lower edge to where heads become too small to count."""
    width, height = camera.size_px
    x, y = np.meshgrid(np.linspace(0, width, 9), np.linspace(0, height, 25))
    ground = camera.on_plane(np.column_stack([x.ravel(), y.ravel()]).astype(np.float64), 0.8)
    depth = camera.depth_m(np.column_stack([np.nan_to_num(ground, nan=1e6), np.full(len(ground), 1.6)]))
    big = camera.focal_px * _HEAD_WIDTH_M / np.maximum(depth, 0.1) > _SMALLEST_HEAD_PX
    seen: Points = ground[np.isfinite(ground).all(axis=1) & big & (depth < _FARTHEST_M)]
    return seen


def _scattered(rng: np.random.Generator, low: Points, high: Points, wanted: int, apart_m: float) -> Points:
    """About `wanted` random points in a box, no two closer than `apart_m`: a jittered hexagonal lattice, thinned."""
    if wanted == 0:
        return np.empty((0, 2))
    spacing = max(apart_m, np.sqrt(np.prod(high - low) / wanted / 1.25 / 0.866))
    columns, rows = np.meshgrid(np.arange(low[0], high[0], spacing), np.arange(low[1], high[1], spacing * 0.866))
    columns = columns + spacing / 2 * (np.arange(len(columns)) % 2)[:, None]
    jitter = rng.uniform(-0.5, 0.5, (columns.size, 2)) * max(spacing - apart_m, 0.15 * spacing)
    points = np.column_stack([columns.ravel(), rows.ravel()]) + jitter
    chosen: Points = points[rng.permutation(len(points))[:wanted]]
    return chosen


def _in_patch(
    rng: np.random.Generator, feet: Points, low: Points, high: Points
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    middle = rng.uniform(low, high)
    radii = (high - low) * rng.uniform(0.12, 0.5, 2)
    inside: np.ndarray[tuple[int], np.dtype[np.bool_]] = (((feet - middle) / radii) ** 2).sum(axis=1) < 1
    return inside


def _placed(rng: np.random.Generator, feet_m: Points) -> Placed:
    count = len(feet_m)
    away = rng.uniform(0, 2 * np.pi)
    heading = np.where(rng.random(count) < 0.75, away + rng.normal(0, 0.5, count), rng.uniform(0, 2 * np.pi, count))
    packed = crowding(feet_m)
    walks = (rng.random(count) < 0.7) & (packed < 0.6)
    stride = np.where(walks, rng.uniform(0, 2 * np.pi, count), np.nan)
    return Placed(rng.integers(_OUTFITS, size=count), feet_m, heading, stride, packed)
