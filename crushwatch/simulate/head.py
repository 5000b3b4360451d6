"""The head of a figure: skull and face, ears, and what is on it, hair or hat."""

from __future__ import annotations

import numpy as np

from crushwatch.simulate.build import HEAD_CENTRE_M, Build, Hair, Material
from crushwatch.simulate.surface import (
    BODY_POINTS_PER_M,
    HEAD_POINTS_PER_M,
    Floats,
    Patch,
    ellipsoid,
    folded,
    grid_normals,
    patch,
    smooth_noise,
    tube,
    turned,
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


def head_patches(build: Build, rng: np.random.Generator) -> list[Patch]:
    """Skull, face, ears and hair about the origin, which is the middle of the head."""
    skull = _skull()
    patches = [patch(skull, Material.SKIN, _face_tint(skull, build))]
    if build.hair not in (Hair.LONG, Hair.BOB, Hair.HOOD, Hair.HEADSCARF, Hair.BEANIE):
        ears = [ellipsoid((0.077 * side, -0.002, -0.012), (0.012, 0.02, 0.032)) for side in (-1, 1)]
        patches += [patch(ear, Material.SKIN, 0.9) for ear in ears]
    if build.hair is not Hair.BALD:
        patches.append(_hair_shell(skull, build, rng))
    return patches + _hair_pieces(build, rng)


def _skull() -> Floats:
    grid = ellipsoid((0, 0, 0), (0.082, 0.100, 0.120), HEAD_POINTS_PER_M)
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
    strands = 0.6 * smooth_noise(rng, rows, around, (5, 40)) + 0.6 * smooth_noise(rng, rows, around, (9, 14))
    cloth = build.hair in _OF_CLOTH
    thickness = _HAIR_THICKNESS_M.get(build.hair, 0.015)
    roughness = 0.001 if cloth else 0.004 if build.hair is not Hair.CURLY else 0.01
    crown = np.clip(skull[..., 2:] / 0.118, -0.3, 1) * 0.6 + 0.7
    grown = skull + grid_normals(skull) * (thickness * crown + roughness * strands[..., None])
    line = np.interp(skull[..., 1], _HAIRLINE_Y, np.array(_HAIRLINE_Z[build.hair])) + (0 if cloth else 0.006) * strands
    material = _OF_CLOTH.get(build.hair, Material.HAIR)
    tint: Floats = np.clip(1 + (0.0 if cloth else 0.22) * strands, 0.5, 1.6)
    return patch(grown.astype(np.float32), material, tint, keep=skull[..., 2] > line)


def _hair_pieces(build: Build, rng: np.random.Generator) -> list[Patch]:
    match build.hair:
        case Hair.LONG:
            path = np.array([[0, -0.045, 0.03], [0, -0.075, -0.1], [0, -0.085, -0.3]], dtype=np.float32)
            size = np.array([[0.086, 0.06], [0.1, 0.05], [0.09, 0.03]], dtype=np.float32)
        case Hair.PONYTAIL:
            path = np.array([[0, -0.1, 0.05], [0, -0.15, 0.0], [0, -0.13, -0.22]], dtype=np.float32)
            size = np.array([[0.02, 0.02], [0.036, 0.034], [0.02, 0.02]], dtype=np.float32)
        case Hair.BUN:
            return [patch(ellipsoid((0, -0.11, 0.065), (0.045, 0.042, 0.042), HEAD_POINTS_PER_M), Material.HAIR, 0.95)]
        case Hair.CAP:
            peak = ellipsoid((0, 0.12, 0.052), (0.07, 0.075, 0.012), HEAD_POINTS_PER_M)
            return [patch(peak, Material.HAT, 0.9)]
        case Hair.SUNHAT:
            brim = ellipsoid((0, 0.0, 0.05), (0.17, 0.18, 0.016), HEAD_POINTS_PER_M)
            return [patch(brim, Material.HAT, 0.95)]
        case Hair.HOOD | Hair.HEADSCARF:
            drape = ellipsoid((0, -0.02, -0.13), (0.11, 0.105, 0.07), BODY_POINTS_PER_M)
            return [patch(folded(drape, rng, 0.005, (3, 9))[0], _OF_CLOTH[build.hair], 0.95)]
        case _:
            return []
    grid, tint = folded(tube(path, size[:, 0], size[:, 1]), rng, 0.005, (2, 16))
    return [patch(grid, Material.HAIR, tint)]


def turned_head(patches: list[Patch], build: Build) -> list[Patch]:
    cos_t, sin_t = np.cos(build.head_turn_rad), np.sin(build.head_turn_rad)
    cos_n, sin_n = np.cos(build.head_nod_rad), np.sin(build.head_nod_rad)
    turn = np.array([[cos_t, -sin_t, 0], [sin_t, cos_t, 0], [0, 0, 1]])
    nod = np.array([[1, 0, 0], [0, cos_n, sin_n], [0, -sin_n, cos_n]])
    rotation = (turn @ nod).astype(np.float32)
    centre = np.array([0, 0.012, HEAD_CENTRE_M], dtype=np.float32)
    return [(turned(points, rotation) + centre, turned(normals, rotation), *rest) for points, normals, *rest in patches]  # type: ignore[misc]
