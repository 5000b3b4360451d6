"""A person as a cloud of surface points: tubes and ellipsoids with folds, each point with its normal and its material.

The frame of a figure is metres: x to its left, y the way it faces, z up, the feet on z = 0, 1.75 m tall. Nothing here
knows a camera; `sprite.py` looks at a cloud from one side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from crushwatch.simulate.build import HEAD_CENTRE_M, Arms, Build, Hair, Material
from crushwatch.simulate.head import head_patches, turned_head
from crushwatch.simulate.surface import (
    BODY_POINTS_PER_M,
    Bytes,
    Floats,
    Patch,
    boxed,
    ellipsoid,
    folded,
    patch,
    smooth_noise,
    tube,
    turned,
)

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


def figure_cloud(build: Build, stride_rad: float | None) -> Cloud:
    """The points of a figure: standing (`stride_rad` None) or at a phase of its walk (0 to 2 pi)."""
    rng = np.random.default_rng(build.seed)
    patches = [*_trunk(build, rng), *_legs(build, stride_rad, rng), *_arms(build, stride_rad, rng)]
    patches += turned_head(head_patches(build, rng), build)
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
    grid, tint = folded(tube(path, profile[:, 1], profile[:, 2], 2.6), rng, 0.005, (5, 8))
    patches = [patch(grid, _torso_material(grid, build), tint * _pattern(grid, build, rng))]
    neck = tube(
        np.array([[0, -0.005, 1.45], [0, 0.0, 1.52], [0, 0.008, 1.58]], dtype=np.float32),
        np.array([0.062, 0.056, 0.056], dtype=np.float32),
        np.array([0.062, 0.058, 0.058], dtype=np.float32),
    )
    patches.append(patch(neck, Material.SKIN, 0.85))
    if build.skirt_hem_m is not None:
        patches.append(_skirt(build, rng))
    if build.backpack:
        pack = ellipsoid((0, -0.19, 1.22), (0.15, 0.1, 0.22), 240)
        patches.append(patch(folded(boxed(pack), rng, 0.006, (6, 6))[0], Material.BAG, 1.0))
    if build.shoulder_bag:
        bag = ellipsoid((0.24 * build.girth, 0.03, 0.86), (0.07, 0.15, 0.13), 240)
        patches.append(patch(boxed(bag), Material.BAG, 1.0))
    return patches


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
            tint = 1 + 1.2 * contrast * (on_chest & (smooth_noise(rng, rows, around, (24, 30)) > 0))
        case "floral":
            tint = 1 + 0.45 * np.sign(smooth_noise(rng, rows, around, (18, 26)) - 0.4)
        case _:
            tint = np.ones(x.shape)
    return np.asarray(tint, dtype=np.float32)


def _skirt(build: Build, rng: np.random.Generator) -> Patch:
    hem = float(build.skirt_hem_m or 0.5)
    path = np.array([[0, 0, hem], [0, 0, 0.78], [0, 0, 0.95]], dtype=np.float32)
    width = np.array([0.24, 0.175 * build.hips, 0.15], dtype=np.float32) * build.girth
    grid, tint = folded(tube(path, width, width * 0.7), rng, 0.008, (2, 14))
    return patch(grid, Material.BOTTOM, tint)


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
    grid, tint = folded(tube(path, radii, radii), rng, 0.002 if bare else 0.006, (9, 5))
    material = np.full(grid.shape[:2], Material.BOTTOM, dtype=np.uint8)
    if bare:
        material[grid[..., 2] < (0.5 if build.shorts else 0.9)] = Material.SKIN
    shoe = ellipsoid(ankle + np.array([0.012 * side, 0.06, -0.035]), (0.048, 0.13, 0.045))
    return [patch(grid, material, tint), patch(shoe, Material.SHOES, 1.0)]


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
    grid, tint = folded(tube(path, radii, radii), rng, 0.004 * build.sleeves + 0.001, (6, 4))
    material = np.full(grid.shape[:2], Material.TOP, dtype=np.uint8)
    if not build.sleeves:
        material[int(len(grid) * 0.42) :] = Material.SKIN
    palm = ellipsoid(path[2] + np.array([0, 0.02, -0.05]), (0.036, 0.045, 0.07))
    ball = ellipsoid(shoulder - np.array([0.016 * side, 0, 0.014]), (0.064, 0.068, 0.062))
    return [
        patch(grid, material, tint),
        patch(palm, Material.SKIN, 0.95),
        patch(ball, Material.TOP, 1.0),
    ]


def _swung(offset: npt.NDArray[np.float64], angle_rad: float) -> npt.NDArray[np.float64]:
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([offset[0], offset[1] * cos - offset[2] * sin, offset[1] * sin + offset[2] * cos])


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
