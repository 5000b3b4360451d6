"""A person as a cloud of surface points: tubes and ellipsoids with folds, each point with its normal and its material.

The frame of a figure is metres: x to its left, y the way it faces, z up, the feet on z = 0, 1.75 m tall. Nothing here
knows a camera; `sprite.py` looks at a cloud from one side.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

FIGURE_HEIGHT_M = 1.75
HEAD_CENTRE_M = 1.63
"""Height of the middle of the head of a figure: where its head point lies."""
HIGHEST_M = 2.0
WIDEST_M = 0.46
"""No part of a figure is higher up, or farther from the line through its head and the ground below."""

BODY_POINTS_PER_M = 155
HEAD_POINTS_PER_M = 250
"""Spacing of the points; a picture with more pixels per metre would show gaps."""


class Material(enum.IntEnum):
    """What a point is made of; a wardrobe gives each its colour."""

    NOTHING = 0
    SKIN = 1
    HAIR = 2
    TOP = 3
    TOP_ACCENT = 4
    BOTTOM = 5
    SHOES = 6
    BAG = 7
    HAT = 8


class Hair(enum.StrEnum):
    """What is on the head."""

    SHORT = "short"
    CROPPED = "cropped"
    RECEDING = "receding"
    BALD = "bald"
    BOB = "bob"
    LONG = "long"
    PONYTAIL = "ponytail"
    BUN = "bun"
    CURLY = "curly"
    CAP = "cap"
    BEANIE = "beanie"
    HOOD = "hood"
    HEADSCARF = "headscarf"
    SUNHAT = "sunhat"


class Arms(enum.StrEnum):
    """What the arms do while the figure stands."""

    DOWN = "down"
    PHONE = "phone"
    POCKETS = "pockets"
    CROSSED = "crossed"
    RAISED = "raised"


@dataclass(frozen=True)
class Build:
    """What a figure is before it has colours. Girth is a factor on all widths; `seed` moves folds and hair."""

    hair: Hair = Hair.SHORT
    arms: Arms = Arms.DOWN
    girth: float = 1.0
    hips: float = 1.0
    shoulders: float = 1.0
    sleeves: bool = True
    open_jacket: bool = False
    coat_hem_m: float = 0.78
    skirt_hem_m: float | None = None
    shorts: bool = False
    trouser_width: float = 1.0
    backpack: bool = False
    shoulder_bag: bool = False
    glasses: bool = False
    beard: bool = False
    pattern: str = "plain"
    head_turn_rad: float = 0.0
    head_nod_rad: float = 0.0
    seed: int = 0


SURFACE = np.dtype([("material", np.uint8), ("tint", np.uint8), ("sky", np.uint8), ("below_cm", np.uint8)])
"""What a point of a surface is, in four bytes that are copied as one.

tint: factor on the material's colour, in 128ths     sky: share of the sky that it sees past the figure, in 255ths
below_cm: how far below the middle of the head, 0 for all that is not below it
"""


@dataclass(frozen=True)
class Cloud:
    """Surface points of one figure in one pose, packed small: a crowd keeps a hundred of these at hand.

    points_mm: (N, 3) int16    normals: (N, 3) int8, outward, 127 long    surface: (N,) of `SURFACE`
    area_m2: of the surface, about; the points lie in no order, so that the first of them cover it thinly
    """

    points_mm: npt.NDArray[np.int16]
    normals: npt.NDArray[np.int8]
    surface: npt.NDArray[np.void]
    area_m2: float

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        return nbytes_of(self.points_mm, self.normals, self.surface)


def nbytes_of(*arrays: npt.NDArray[Any]) -> int:
    """What arrays take in memory together."""
    return sum(array.nbytes for array in arrays)


Patch = tuple[Floats, Floats, Bytes, Floats]
"""points, normals, material, tint of one part of the body."""

_TORSO = np.array(
    [  # z, half width, half depth, y of the middle
        [0.78, 0.186, 0.126, 0.000],
        [0.90, 0.178, 0.124, 0.000],
        [1.03, 0.152, 0.106, 0.005],
        [1.20, 0.168, 0.118, 0.008],
        [1.32, 0.182, 0.112, 0.000],
        [1.40, 0.186, 0.092, -0.010],
        [1.445, 0.130, 0.074, -0.014],
        [1.475, 0.082, 0.064, -0.010],
        [1.515, 0.064, 0.060, 0.000],
    ],
    dtype=np.float32,
)

_HAIRLINE_Y = np.array([-0.11, -0.05, 0.0, 0.03, 0.055, 0.1], dtype=np.float32)
_HAIRLINE_Z = {  # height above the middle of the head where the hair begins, from the nape to the forehead
    Hair.SHORT: (-0.075, -0.05, -0.015, 0.02, 0.055, 0.068),
    Hair.CROPPED: (-0.07, -0.045, 0.0, 0.03, 0.06, 0.072),
    Hair.RECEDING: (-0.075, -0.05, -0.01, 0.06, 0.1, 0.13),
    Hair.BOB: (-0.13, -0.13, -0.12, -0.09, 0.05, 0.065),
    Hair.LONG: (-0.14, -0.14, -0.13, -0.08, 0.05, 0.068),
    Hair.PONYTAIL: (-0.075, -0.06, -0.02, 0.02, 0.06, 0.072),
    Hair.BUN: (-0.075, -0.06, -0.02, 0.02, 0.06, 0.072),
    Hair.CURLY: (-0.09, -0.08, -0.05, 0.0, 0.05, 0.06),
    Hair.CAP: (-0.01, 0.0, 0.02, 0.03, 0.045, 0.05),
    Hair.BEANIE: (-0.05, -0.03, 0.0, 0.02, 0.04, 0.05),
    Hair.SUNHAT: (-0.01, 0.0, 0.02, 0.03, 0.045, 0.05),
    Hair.HOOD: (-0.2, -0.2, -0.2, -0.16, 0.045, 0.07),
    Hair.HEADSCARF: (-0.2, -0.2, -0.2, -0.14, 0.045, 0.06),
}
_HAIR_THICKNESS_M = {
    Hair.CROPPED: 0.005,
    Hair.RECEDING: 0.008,
    Hair.BOB: 0.022,
    Hair.LONG: 0.02,
    Hair.CURLY: 0.036,
    Hair.HOOD: 0.03,
    Hair.BEANIE: 0.014,
    Hair.CAP: 0.012,
}
_OF_CLOTH = {
    Hair.CAP: Material.HAT,
    Hair.BEANIE: Material.HAT,
    Hair.SUNHAT: Material.HAT,
    Hair.HEADSCARF: Material.HAT,
    Hair.HOOD: Material.TOP,
}


def figure_cloud(build: Build, stride_rad: float | None) -> Cloud:
    """The points of a figure: standing (`stride_rad` None) or at a phase of its walk (0 to 2 pi)."""
    rng = np.random.default_rng(build.seed)
    patches = [*_trunk(build, rng), *_legs(build, stride_rad, rng), *_arms(build, stride_rad, rng)]
    patches += _turned_head(_head(build, rng), build)
    points, normals, material, tint = (np.concatenate(part) for part in zip(*patches, strict=True))
    sky, seen = _sky_seen(points, normals)
    mixed = rng.permutation(np.flatnonzero(seen))
    points_mm = np.rint(points[mixed] * 1000).astype(np.int16)
    surface = np.empty(len(mixed), dtype=SURFACE)
    surface["material"] = material[mixed]
    surface["tint"] = np.clip(tint[mixed] * 128, 0, 255)
    surface["sky"] = sky[mixed] * 255
    surface["below_cm"] = np.clip((round(HEAD_CENTRE_M * 1000) - points_mm[:, 2]) / 10, 0, 255)
    normals_127 = np.rint(normals[mixed] * 127).astype(np.int8)
    return Cloud(points_mm, normals_127, surface, area_m2=len(mixed) / BODY_POINTS_PER_M**2)


def turned(vectors: npt.NDArray[np.generic], axes: npt.NDArray[np.floating[Any]]) -> Floats:
    """Vectors (N, 3) or (N, 2) in a frame whose axes are the K rows of `axes`: (N, K). Faster than a product."""
    flat = cv2.transform(np.ascontiguousarray(vectors, dtype=np.float32)[:, None], axes.astype(np.float32))
    return np.asarray(flat, dtype=np.float32).reshape(len(vectors), len(axes))


def _smooth_noise(rng: np.random.Generator, rows: int, columns: int, cells: tuple[int, int]) -> Floats:
    """(rows, columns) of smooth noise, about unit spread, periodic along the columns."""
    coarse = rng.standard_normal((cells[0] + 1, cells[1])).astype(np.float32)
    coarse = np.concatenate([coarse, coarse[:, :1]], axis=1)
    return _resample(_resample(coarse, rows).T, columns).T


def _resample(values: Floats, count: int) -> Floats:
    at = np.linspace(0, len(values) - 1, count, dtype=np.float32)
    low = np.minimum(at.astype(np.int64), len(values) - 2)
    share = (at - low)[:, None]
    share = share * share * (3 - 2 * share)
    blended: Floats = values[low] * (1 - share) + values[low + 1] * share
    return blended


def _grid_normals(grid: Floats) -> Floats:
    """Outward unit normals of a (rows, around, 3) surface that is closed along `around`."""
    along = np.gradient(grid, axis=0)
    around = np.roll(grid, -1, axis=1) - np.roll(grid, 1, axis=1)
    normals = np.cross(around, along).astype(np.float32)
    outward: Floats = normals / (np.linalg.norm(normals, axis=2, keepdims=True) + 1e-9)
    return outward


def _patch(
    grid: Floats, material: int | Bytes, tint: float | Floats, keep: npt.NDArray[np.bool_] | None = None
) -> Patch:
    normals = _grid_normals(grid).reshape(-1, 3)
    count = len(normals)
    materials = np.broadcast_to(np.asarray(material, dtype=np.uint8), grid.shape[:2]).reshape(count)
    tints = np.broadcast_to(np.asarray(tint, dtype=np.float32), grid.shape[:2]).reshape(count)
    chosen = np.ones(count, dtype=bool) if keep is None else keep.reshape(count)
    return grid.reshape(-1, 3)[chosen], normals[chosen], materials[chosen], tints[chosen]


def _tube(path_m: Floats, half_width_m: Floats, half_depth_m: Floats, exponent: float = 2.0) -> Floats:
    """(rows, around, 3): a closed skin about a path, super-elliptic across it; rows and points are evenly dense."""
    length = float(np.linalg.norm(np.diff(path_m, axis=0), axis=1).sum())
    rows = max(6, int(length * BODY_POINTS_PER_M))
    around = max(12, int(2 * np.pi * max(half_width_m.max(), half_depth_m.max()) * BODY_POINTS_PER_M))
    path, wide, deep = (_along(part, path_m, rows) for part in (path_m, half_width_m[:, None], half_depth_m[:, None]))
    tangent = np.gradient(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-9
    side = np.array([1, 0, 0], dtype=np.float32) - tangent[:, :1] * tangent
    side /= np.linalg.norm(side, axis=1, keepdims=True) + 1e-9
    front = np.cross(tangent, side)
    angle = np.linspace(0, 2 * np.pi, around, endpoint=False, dtype=np.float32)
    squared = (np.abs(np.cos(angle)) ** exponent + np.abs(np.sin(angle)) ** exponent) ** (-1 / exponent)
    cos, sin = np.cos(angle) * squared, np.sin(angle) * squared
    grid: Floats = (
        path[:, None]
        + wide[:, None] * side[:, None] * cos[None, :, None]
        + deep[:, None] * front[:, None] * sin[None, :, None]
    ).astype(np.float32)
    return grid


def _along(values: Floats, path_m: Floats, rows: int) -> Floats:
    """Values given at the path's points, at `rows` points spaced evenly along it."""
    way = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path_m, axis=0), axis=1))])
    at = np.linspace(0, way[-1], rows)
    return np.stack([np.interp(at, way, column) for column in values.T], axis=1).astype(np.float32)


def _ellipsoid(centre_m: Sequence[float], radii_m: Sequence[float], points_per_m: int = BODY_POINTS_PER_M) -> Floats:
    """(rows, around, 3), from the bottom to the top."""
    rows = max(8, int(np.pi * max(radii_m) * points_per_m))
    around = max(10, int(2 * np.pi * max(radii_m[:2]) * points_per_m))
    polar = np.linspace(np.pi - 0.01, 0.01, rows, dtype=np.float32)[:, None]
    angle = np.linspace(0, 2 * np.pi, around, endpoint=False, dtype=np.float32)[None]
    unit = np.stack(
        [np.sin(polar) * np.cos(angle), np.sin(polar) * np.sin(angle), np.cos(polar) * np.ones_like(angle)], axis=2
    )
    grid: Floats = (unit * np.asarray(radii_m, dtype=np.float32) + np.asarray(centre_m, dtype=np.float32)).astype(
        np.float32
    )
    return grid


def _folded(grid: Floats, rng: np.random.Generator, depth_m: float, cells: tuple[int, int]) -> tuple[Floats, Floats]:
    """The surface with folds of cloth, and the tint that goes with them (hollows are darker)."""
    rows, around = grid.shape[:2]
    folds = _smooth_noise(rng, rows, around, cells) + 0.5 * _smooth_noise(
        rng, rows, around, (cells[0] * 3, cells[1] * 2)
    )
    moved = (grid + _grid_normals(grid) * (folds * depth_m)[..., None]).astype(np.float32)
    return moved, np.clip(1 + 0.09 * folds, 0.6, 1.3).astype(np.float32)


def _trunk(build: Build, rng: np.random.Generator) -> list[Patch]:
    profile = _TORSO.copy()
    profile[:, 1:3] *= build.girth
    profile[:3, 1] *= build.hips
    profile[4:6, 1] *= build.shoulders
    if build.open_jacket or build.coat_hem_m < 0.78:
        profile[:6, 1:3] += 0.018
    if build.coat_hem_m < 0.78:
        hem = np.array([[build.coat_hem_m, profile[0, 1] + 0.05, profile[0, 2] + 0.05, 0]], dtype=np.float32)
        profile = np.concatenate([hem, profile])
    path = np.stack([np.zeros(len(profile)), profile[:, 3], profile[:, 0]], axis=1).astype(np.float32)
    grid, tint = _folded(_tube(path, profile[:, 1], profile[:, 2], 2.6), rng, 0.005, (5, 8))
    patches = [_patch(grid, _torso_material(grid, build), tint * _pattern(grid, build, rng))]
    neck = _tube(
        np.array([[0, -0.005, 1.45], [0, 0.0, 1.52], [0, 0.008, 1.58]], dtype=np.float32),
        np.array([0.062, 0.056, 0.056], dtype=np.float32),
        np.array([0.062, 0.058, 0.058], dtype=np.float32),
    )
    patches.append(_patch(neck, Material.SKIN, 0.85))
    if build.skirt_hem_m is not None:
        patches.append(_skirt(build, rng))
    if build.backpack:
        pack = _ellipsoid((0, -0.19, 1.22), (0.15, 0.1, 0.22), 240)
        patches.append(_patch(_folded(_boxed(pack), rng, 0.006, (6, 6))[0], Material.BAG, 1.0))
    if build.shoulder_bag:
        bag = _ellipsoid((0.24 * build.girth, 0.03, 0.86), (0.07, 0.15, 0.13), 240)
        patches.append(_patch(_boxed(bag), Material.BAG, 1.0))
    return patches


def _boxed(grid: Floats) -> Floats:
    """An ellipsoid's grid pushed out towards its box."""
    middle = (grid.max(axis=(0, 1)) + grid.min(axis=(0, 1))) / 2
    half = (grid.max(axis=(0, 1)) - grid.min(axis=(0, 1))) / 2
    unit = (grid - middle) / half
    outward = 1 / ((np.abs(unit) ** 5).sum(axis=2, keepdims=True) ** 0.2 + 1e-6)
    boxed: Floats = (middle + half * unit * outward).astype(np.float32)
    return boxed


def _torso_material(grid: Floats, build: Build) -> Bytes:
    x, y, z = grid[..., 0], grid[..., 1], grid[..., 2]
    material = np.full(x.shape, Material.TOP, dtype=np.uint8)
    if build.open_jacket:
        material[(y > 0.02) & (np.abs(x) < 0.035 + 0.035 * np.clip(z - 0.8, 0, 1))] = Material.TOP_ACCENT
    neckline = 1.475 if build.sleeves else 1.45
    material[(z > neckline + 0.25 * np.clip(-y, -0.06, 0.1)) & (build.hair not in (Hair.HEADSCARF, Hair.HOOD))] = (
        Material.SKIN
    )
    if build.backpack:
        strap = (np.abs(np.abs(x) - 0.11) < 0.022) & (z > 1.1) & (y > -0.03)
        material[strap] = Material.BAG
    if build.shoulder_bag:
        material[(np.abs(x - 0.75 * (1.15 - z)) < 0.016) & (z > 0.9)] = Material.BAG
    return material


def _pattern(grid: Floats, build: Build, rng: np.random.Generator) -> Floats:
    """The tint of a printed or woven cloth."""
    x, y, z = grid[..., 0], grid[..., 1], grid[..., 2]
    rows, around = x.shape
    contrast = rng.uniform(0.25, 0.6)
    tint: npt.NDArray[np.generic]
    match build.pattern:
        case "stripes":
            tint = 1 - contrast * (np.sin(z * 2 * np.pi / 0.06) > 0.2)
        case "checks":
            tint = 1 - contrast * (0.5 * (np.sin(z * 70) > 0) + 0.5 * (np.sin(x * 70) > 0))
        case "print":
            on_chest = (y > 0.03) & (np.abs(x) < 0.09) & (np.abs(z - 1.23) < 0.09)
            tint = 1 + 1.2 * contrast * (on_chest & (_smooth_noise(rng, rows, around, (24, 30)) > 0))
        case "floral":
            tint = 1 + 0.45 * np.sign(_smooth_noise(rng, rows, around, (18, 26)) - 0.4)
        case _:
            tint = np.ones(x.shape)
    return np.asarray(tint, dtype=np.float32)


def _skirt(build: Build, rng: np.random.Generator) -> Patch:
    hem = float(build.skirt_hem_m or 0.5)
    path = np.array([[0, 0, hem], [0, 0, 0.78], [0, 0, 0.95]], dtype=np.float32)
    width = np.array([0.24, 0.175 * build.hips, 0.15], dtype=np.float32) * build.girth
    grid, tint = _folded(_tube(path, width, width * 0.7), rng, 0.008, (2, 14))
    return _patch(grid, Material.BOTTOM, tint)


def _legs(build: Build, stride_rad: float | None, rng: np.random.Generator) -> list[Patch]:
    return [part for side in (-1, 1) for part in _leg(build, side, stride_rad, rng)]


def _leg(build: Build, side: int, stride_rad: float | None, rng: np.random.Generator) -> list[Patch]:
    x = 0.088 * side * build.hips
    swing, bend = (0.04 * side, 0.05) if stride_rad is None else _gait(stride_rad + (np.pi if side > 0 else 0))
    hip = np.array([0.95 * x, 0, 0.88])
    knee = hip + 0.42 * np.array([0.03 * side, np.sin(swing), -np.cos(swing)])
    ankle = knee + 0.40 * np.array([0, np.sin(swing - bend), -np.cos(swing - bend)])
    width = build.trouser_width * (0.75 + 0.25 * build.girth)
    bare = build.shorts or build.skirt_hem_m is not None
    radii = np.array([0.088, 0.07 * width, 0.052 * width if bare else 0.062 * width], dtype=np.float32)
    path = np.stack([hip, knee, ankle]).astype(np.float32)
    grid, tint = _folded(_tube(path, radii, radii), rng, 0.002 if bare else 0.006, (9, 5))
    material = np.full(grid.shape[:2], Material.BOTTOM, dtype=np.uint8)
    if bare:
        material[grid[..., 2] < (0.5 if build.shorts else 0.9)] = Material.SKIN
    shoe = _ellipsoid(ankle + np.array([0.012 * side, 0.06, -0.035]), (0.048, 0.13, 0.045))
    return [_patch(grid, material, tint), _patch(shoe, Material.SHOES, 1.0)]


def _gait(phase_rad: float) -> tuple[float, float]:
    """Swing of the thigh and bend of the knee at a phase of the walk."""
    return 0.3 * np.sin(phase_rad), 0.1 + 0.65 * max(0.0, np.cos(phase_rad)) ** 1.5


_ELBOW_AND_HAND = {  # offsets from the shoulder for the left side: x outward, y forward, z up
    Arms.DOWN: ((0.045, -0.02, -0.29), (0.05, 0.05, -0.54)),
    Arms.PHONE: ((0.05, 0.03, -0.28), (-0.06, 0.26, -0.18)),
    Arms.POCKETS: ((0.10, -0.06, -0.27), (0.02, 0.07, -0.47)),
    Arms.CROSSED: ((0.06, 0.05, -0.27), (-0.2, 0.17, -0.2)),
    Arms.RAISED: ((0.08, 0.1, 0.18), (0.0, 0.16, 0.42)),
}


def _arms(build: Build, stride_rad: float | None, rng: np.random.Generator) -> list[Patch]:
    return [part for side in (-1, 1) for part in _arm(build, side, stride_rad, rng)]


def _arm(build: Build, side: int, stride_rad: float | None, rng: np.random.Generator) -> list[Patch]:
    still = stride_rad is None or (build.arms is Arms.PHONE and side > 0)
    elbow, hand = (np.array(at) for at in _ELBOW_AND_HAND[build.arms if still else Arms.DOWN])
    if not still and stride_rad is not None:
        swing = 0.32 * np.sin(stride_rad + (0 if side > 0 else np.pi))
        elbow, hand = _swung(elbow, swing), _swung(hand, swing * 1.2)
    out = np.array([side, 1, 1])
    shoulder = np.array([0.186 * side * build.shoulders * (0.6 + 0.4 * build.girth), -0.008, 1.37])
    path = np.stack([shoulder, shoulder + elbow * out, shoulder + hand * out]).astype(np.float32)
    thick = 0.006 * build.sleeves + 0.02 * (build.girth - 1)
    radii = np.array([0.056, 0.046, 0.036], dtype=np.float32) + np.float32(thick)
    grid, tint = _folded(_tube(path, radii, radii), rng, 0.004 * build.sleeves + 0.001, (6, 4))
    material = np.full(grid.shape[:2], Material.TOP, dtype=np.uint8)
    if not build.sleeves:
        material[int(len(grid) * 0.42) :] = Material.SKIN
    palm = _ellipsoid(path[2] + np.array([0, 0.02, -0.05]), (0.036, 0.045, 0.07))
    ball = _ellipsoid(shoulder - np.array([0.016 * side, 0, 0.014]), (0.064, 0.068, 0.062))
    return [
        _patch(grid, material, tint),
        _patch(palm, Material.SKIN, 0.95),
        _patch(ball, Material.TOP, 1.0),
    ]


def _swung(offset: npt.NDArray[np.float64], angle_rad: float) -> npt.NDArray[np.float64]:
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([offset[0], offset[1] * cos - offset[2] * sin, offset[1] * sin + offset[2] * cos])


def _head(build: Build, rng: np.random.Generator) -> list[Patch]:
    """Skull, face, ears and hair about the origin, which is the middle of the head."""
    skull = _skull()
    patches = [_patch(skull, Material.SKIN, _face_tint(skull, build))]
    if build.hair not in (Hair.LONG, Hair.BOB, Hair.HOOD, Hair.HEADSCARF, Hair.BEANIE):
        ears = [_ellipsoid((0.077 * side, -0.002, -0.012), (0.012, 0.02, 0.032)) for side in (-1, 1)]
        patches += [_patch(ear, Material.SKIN, 0.9) for ear in ears]
    if build.hair is not Hair.BALD:
        patches.append(_hair_shell(skull, build, rng))
    return patches + _hair_pieces(build, rng)


def _skull() -> Floats:
    grid = _ellipsoid((0, 0, 0), (0.082, 0.100, 0.120), HEAD_POINTS_PER_M)
    x, y, z = grid[..., 0].copy(), grid[..., 1].copy(), grid[..., 2].copy()
    low = np.clip(-z / 0.118, 0, 1)
    x *= 1 - 0.30 * low**2
    y = np.where(y > 0, y * (1 - 0.10 * low) + 0.012 * low, y * (1 - 0.42 * low**1.5))
    nose = np.exp(-((x / 0.013) ** 2) - ((z + 0.018) / 0.022) ** 2) * (y > 0.04)
    brow = np.exp(-(((z - 0.026) / 0.012) ** 2) - (x / 0.05) ** 4) * (y > 0.04)
    socket = np.exp(-(((np.abs(x) - 0.031) / 0.016) ** 2) - ((z - 0.008) / 0.012) ** 2) * (y > 0.03)
    y = y + 0.024 * nose + 0.005 * brow - 0.006 * socket
    return np.stack([x, y, z], axis=2).astype(np.float32)


def _face_tint(skull: Floats, build: Build) -> Floats:
    x, y, z = skull[..., 0], skull[..., 1], skull[..., 2]
    face = y > 0.03
    tint = np.ones(x.shape, dtype=np.float32)
    eye = np.exp(-(((np.abs(x) - 0.031) / 0.014) ** 2) - ((z - 0.008) / 0.007) ** 2) * face
    brow = np.exp(-(((np.abs(x) - 0.032) / 0.018) ** 4) - ((z - 0.03) / 0.006) ** 2) * face
    mouth = np.exp(-((x / 0.024) ** 4) - ((z + 0.058) / 0.007) ** 2) * face
    tint *= (1 - 0.55 * eye) * (1 - 0.4 * brow) * (1 - 0.35 * mouth)
    if build.glasses:
        rim = np.exp(-(((np.abs(x) - 0.032) / 0.024) ** 4) - ((z - 0.008) / 0.016) ** 4) * face
        tint *= 1 - 0.6 * rim
    if build.beard:
        beard = (
            np.clip((-z - 0.03) / 0.02, 0, 1)
            * (y > 0.0)
            * (1 - np.exp(-((x / 0.02) ** 2) - ((z + 0.058) / 0.008) ** 2))
        )
        tint *= 1 - 0.68 * beard
    return tint


def _hair_shell(skull: Floats, build: Build, rng: np.random.Generator) -> Patch:
    """The skull grown by the hair (or hat), cut at the hairline."""
    rows, around = skull.shape[:2]
    strands = 0.6 * _smooth_noise(rng, rows, around, (5, 40)) + 0.6 * _smooth_noise(rng, rows, around, (9, 14))
    cloth = build.hair in _OF_CLOTH
    thickness = _HAIR_THICKNESS_M.get(build.hair, 0.015)
    roughness = 0.001 if cloth else 0.004 if build.hair is not Hair.CURLY else 0.01
    crown = np.clip(skull[..., 2:] / 0.118, -0.3, 1) * 0.6 + 0.7
    grown = skull + _grid_normals(skull) * (thickness * crown + roughness * strands[..., None])
    line = np.interp(skull[..., 1], _HAIRLINE_Y, np.array(_HAIRLINE_Z[build.hair])) + (0 if cloth else 0.006) * strands
    material = _OF_CLOTH.get(build.hair, Material.HAIR)
    tint: Floats = np.clip(1 + (0.0 if cloth else 0.22) * strands, 0.5, 1.6)
    return _patch(grown.astype(np.float32), material, tint, keep=skull[..., 2] > line)


def _hair_pieces(build: Build, rng: np.random.Generator) -> list[Patch]:
    match build.hair:
        case Hair.LONG:
            path = np.array([[0, -0.045, 0.03], [0, -0.075, -0.1], [0, -0.085, -0.3]], dtype=np.float32)
            size = np.array([[0.086, 0.06], [0.1, 0.05], [0.09, 0.03]], dtype=np.float32)
        case Hair.PONYTAIL:
            path = np.array([[0, -0.1, 0.05], [0, -0.15, 0.0], [0, -0.13, -0.22]], dtype=np.float32)
            size = np.array([[0.02, 0.02], [0.036, 0.034], [0.02, 0.02]], dtype=np.float32)
        case Hair.BUN:
            return [
                _patch(_ellipsoid((0, -0.11, 0.065), (0.045, 0.042, 0.042), HEAD_POINTS_PER_M), Material.HAIR, 0.95)
            ]
        case Hair.CAP:
            peak = _ellipsoid((0, 0.12, 0.052), (0.07, 0.075, 0.012), HEAD_POINTS_PER_M)
            return [_patch(peak, Material.HAT, 0.9)]
        case Hair.SUNHAT:
            brim = _ellipsoid((0, 0.0, 0.05), (0.17, 0.18, 0.016), HEAD_POINTS_PER_M)
            return [_patch(brim, Material.HAT, 0.95)]
        case Hair.HOOD | Hair.HEADSCARF:
            drape = _ellipsoid((0, -0.02, -0.13), (0.11, 0.105, 0.07), BODY_POINTS_PER_M)
            return [_patch(_folded(drape, rng, 0.005, (3, 9))[0], _OF_CLOTH[build.hair], 0.95)]
        case _:
            return []
    grid, tint = _folded(_tube(path, size[:, 0], size[:, 1]), rng, 0.005, (2, 16))
    return [_patch(grid, Material.HAIR, tint)]


def _turned_head(patches: list[Patch], build: Build) -> list[Patch]:
    cos_t, sin_t = np.cos(build.head_turn_rad), np.sin(build.head_turn_rad)
    cos_n, sin_n = np.cos(build.head_nod_rad), np.sin(build.head_nod_rad)
    turn = np.array([[cos_t, -sin_t, 0], [sin_t, cos_t, 0], [0, 0, 1]])
    nod = np.array([[1, 0, 0], [0, cos_n, sin_n], [0, -sin_n, cos_n]])
    rotation = (turn @ nod).astype(np.float32)
    centre = np.array([0, 0.012, HEAD_CENTRE_M], dtype=np.float32)
    return [(turned(points, rotation) + centre, turned(normals, rotation), *rest) for points, normals, *rest in patches]  # type: ignore[misc]


_SKY_DIRECTIONS = np.array(
    [(0, 0, 1)]
    + [(np.cos(a) * 0.6, np.sin(a) * 0.6, 0.8) for a in np.arange(4) * 2 * np.pi / 4]
    + [(np.cos(a) * 0.93, np.sin(a) * 0.93, 0.37) for a in np.arange(4) * 2 * np.pi / 4 + 0.4],
    dtype=np.float32,
)


def _sky_seen(
    points: Floats, normals: Floats, cell_m: float = 0.014, slack_m: float = 0.02
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Share of the sky over each point that no other point hides, and which points are seen from anywhere above.

    The figure is seen from nine sides with a depth buffer.
    """
    sky = np.zeros(len(points), dtype=np.float32)
    weight = np.zeros(len(points), dtype=np.float32)
    seen = np.zeros(len(points), dtype=bool)
    for direction in _SKY_DIRECTIONS:
        facing = np.maximum(turned(normals, direction[None])[:, 0], 0)
        lit = _lit_from(points, direction, cell_m, slack_m)
        seen |= lit & (facing > 0)
        sky += facing * lit
        weight += 0.35 + 0.65 * facing
    return np.clip(sky / weight * 1.9, 0.08, 1).astype(np.float32), seen


def _lit_from(points: Floats, direction: Floats, cell_m: float, slack_m: float) -> npt.NDArray[np.bool_]:
    side = np.cross(direction, np.array([0.31, 0.95, 0.02], dtype=np.float32))
    side /= np.linalg.norm(side)
    up = np.cross(side, direction)
    across, along, height = turned(points, np.stack([side, up, direction])).T.copy()
    column, row = (((place - place.min()) / cell_m).astype(np.int32) for place in (across, along))
    index = row * (column.max() + 1) + column
    highest = np.full(index.max() + 1, -np.inf, dtype=np.float32)
    np.maximum.at(highest, index, height)
    lit: npt.NDArray[np.bool_] = height > highest[index] - slack_m
    return lit
