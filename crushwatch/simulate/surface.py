"""Parts of a body as grids of surface points: tubes, ellipsoids and the folds of cloth over them. Metres."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

BODY_POINTS_PER_M = 155
HEAD_POINTS_PER_M = 250
"""Spacing of the points; a picture with more pixels per metre would show gaps."""

Patch = tuple[Floats, Floats, Bytes, Floats]
"""points, normals, material, tint of one part of the body."""


def turned(vectors: npt.NDArray[np.generic], axes: npt.NDArray[np.floating[Any]]) -> Floats:
    """Vectors (N, 3) or (N, 2) in a frame whose axes are the K rows of `axes`: (N, K). Faster than a product."""
    flat = cv2.transform(np.ascontiguousarray(vectors, dtype=np.float32)[:, None], axes.astype(np.float32))
    return np.asarray(flat, dtype=np.float32).reshape(len(vectors), len(axes))


def smooth_noise(rng: np.random.Generator, rows: int, columns: int, cells: tuple[int, int]) -> Floats:
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


def grid_normals(grid: Floats) -> Floats:
    """Outward unit normals of a (rows, around, 3) surface that is closed along `around`."""
    along = np.gradient(grid, axis=0)
    around = np.roll(grid, -1, axis=1) - np.roll(grid, 1, axis=1)
    normals = np.cross(around, along).astype(np.float32)
    outward: Floats = normals / (np.linalg.norm(normals, axis=2, keepdims=True) + 1e-9)
    return outward


def patch(
    grid: Floats, material: int | Bytes, tint: float | Floats, keep: npt.NDArray[np.bool_] | None = None
) -> Patch:
    """The points of a grid, of one material or each of its own. keep: (rows, around), those that are there."""
    normals = grid_normals(grid).reshape(-1, 3)
    count = len(normals)
    materials = np.broadcast_to(np.asarray(material, dtype=np.uint8), grid.shape[:2]).reshape(count)
    tints = np.broadcast_to(np.asarray(tint, dtype=np.float32), grid.shape[:2]).reshape(count)
    chosen = np.ones(count, dtype=bool) if keep is None else keep.reshape(count)
    return grid.reshape(-1, 3)[chosen], normals[chosen], materials[chosen], tints[chosen]


def tube(path_m: Floats, half_width_m: Floats, half_depth_m: Floats, exponent: float = 2.0) -> Floats:
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


def ellipsoid(centre_m: Sequence[float], radii_m: Sequence[float], points_per_m: int = BODY_POINTS_PER_M) -> Floats:
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


def folded(grid: Floats, rng: np.random.Generator, depth_m: float, cells: tuple[int, int]) -> tuple[Floats, Floats]:
    """The surface with folds of cloth, and the tint that goes with them (hollows are darker)."""
    rows, around = grid.shape[:2]
    folds = smooth_noise(rng, rows, around, cells) + 0.5 * smooth_noise(rng, rows, around, (cells[0] * 3, cells[1] * 2))
    moved = (grid + grid_normals(grid) * (folds * depth_m)[..., None]).astype(np.float32)
    return moved, np.clip(1 + 0.09 * folds, 0.6, 1.3).astype(np.float32)


def boxed(grid: Floats) -> Floats:
    """An ellipsoid's grid pushed out towards its box."""
    middle = (grid.max(axis=(0, 1)) + grid.min(axis=(0, 1))) / 2
    half = (grid.max(axis=(0, 1)) - grid.min(axis=(0, 1))) / 2
    unit = (grid - middle) / half
    outward = 1 / ((np.abs(unit) ** 5).sum(axis=2, keepdims=True) ** 0.2 + 1e-6)
    boxed: Floats = (middle + half * unit * outward).astype(np.float32)
    return boxed
