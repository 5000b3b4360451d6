"""From where people are seen, in steps: those who look almost alike are drawn once."""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import NamedTuple

import numpy as np

from crushwatch.simulate.build import FIGURE_HEIGHT_M, HEAD_CENTRE_M, HIGHEST_M, WIDEST_M
from crushwatch.simulate.cast import Placed
from crushwatch.simulate.pinhole import Pinhole, Points
from crushwatch.simulate.relief import HALF_M, WHOLE_M

STRIDE_PHASES = 6
FACINGS = 16
CROWDING_STEPS = 3
PITCH_STEP_RAD = math.radians(7.5)
_LEAN_STEP_RAD = math.radians(3)
_SIZE_STEP = 1.03
_FINEST_PX_PER_M = 170.0
_REACHES_M = (0.3, 0.42, 0.56, HALF_M, 1.1, WHOLE_M)
_SEAM_PX = 4
"""The lowest pixels of what is cut off are not as they are in the whole."""


class View(NamedTuple):
    """What decides how somebody looks: the place in the cast, and all else in steps; a pose of -1 stands."""

    actor: int
    pose: int
    facing: int
    pitch: int
    size: int
    length: int
    lean: int
    crowding: int

    @property
    def scale_px_per_m(self) -> float:
        """Pixels per metre of the figure where its head is."""
        return _SIZE_STEP**self.size

    @property
    def drawn_px_per_m(self) -> float:
        """The scale at which it is drawn before it is reduced: a fifth finer, in steps of a square root of 2."""
        step = math.ceil(math.log2(self.scale_px_per_m * 1.2) * 2)
        return float(min(2 ** (step / 2), _FINEST_PX_PER_M))

    @property
    def stretch(self) -> float:
        """How much longer it is from head to feet than its scale and pitch say."""
        return _SIZE_STEP**self.length

    @property
    def lean_rad(self) -> float:
        """How far it leans in the picture, clockwise."""
        return self.lean * _LEAN_STEP_RAD


def views_of(placed: Placed, heights_m: Points, heads_m: Points, camera: Pinhole) -> list[View]:
    """How a camera sees each of N people of these heights, whose heads are there."""
    distance = np.hypot(heads_m[:, 0], heads_m[:, 1])
    pitch = np.arctan2(camera.height_m - 0.75 * heads_m[:, 2], distance)
    bearing = np.arctan2(-heads_m[:, 1], -heads_m[:, 0])
    facing = (placed.heading_rad - bearing) * FACINGS / (2 * np.pi)
    depth = np.maximum(camera.depth_m(heads_m), 0.1)
    scale = camera.focal_px / depth * heights_m / FIGURE_HEIGHT_M
    pitch_step = np.clip(np.rint(pitch / PITCH_STEP_RAD), 0, 12)
    feet_px = camera.project(np.column_stack([placed.feet_m, np.zeros(len(placed.feet_m))]))
    down = np.nan_to_num(feet_px - camera.project(heads_m))
    upright = scale * HEAD_CENTRE_M * np.cos(pitch_step * PITCH_STEP_RAD)
    length = np.clip(np.hypot(down[:, 0], down[:, 1]) / np.maximum(upright, 1), 0.8, 1.25)
    lean = np.arctan2(-down[:, 0], np.maximum(down[:, 1], 1e-3))
    phase = np.floor(placed.stride_rad * STRIDE_PHASES / (2 * np.pi)) % STRIDE_PHASES
    steps = (
        placed.actor,
        np.where(np.isnan(placed.stride_rad), -1, phase),
        np.rint(facing) % FACINGS,
        pitch_step,
        np.rint(np.log(scale) / np.log(_SIZE_STEP)),
        np.rint(np.log(length) / np.log(_SIZE_STEP)),
        np.rint(lean / _LEAN_STEP_RAD),
        np.rint(placed.crowding * CROWDING_STEPS),
    )
    return [View(*row) for row in np.column_stack(steps).astype(np.int64).tolist()]


def boxes_px(views: list[View], heads_px: Points) -> Points:
    """(N, 4): left, top, right, bottom of boxes in the picture out of which nobody reaches, the heads being there."""
    scale, along, pitch, lean = _drawn(views)
    wide = WIDEST_M * scale
    up, down = (
        along * (height_m * np.cos(pitch) + WIDEST_M * np.sin(pitch))
        for height_m in (HIGHEST_M - HEAD_CENTRE_M, HEAD_CENTRE_M)
    )
    cos, sin = np.cos(lean), np.sin(lean)
    left, right = np.minimum(-sin * down, sin * up) - cos * wide, np.maximum(-sin * down, sin * up) + cos * wide
    top, bottom = -cos * up - np.abs(sin) * wide, cos * down + np.abs(sin) * wide
    x, y = heads_px.T
    return np.column_stack([x + left, y + top, x + right, y + bottom])


def reaches_m(views: list[View]) -> Points:
    """(N, 2), a and b: how far below the head, a + b * down_px, people are drawn to be seen so far down from there."""
    scale, along, _, lean = _drawn(views)
    cos = np.maximum(np.cos(lean), 1e-6)
    return np.column_stack([(np.abs(np.sin(lean)) / cos * WIDEST_M * scale + _SEAM_PX) / along, 1 / (cos * along)])


def reach_step_m(reach_m: float) -> float:
    """The next step of how far somebody is drawn."""
    return _REACHES_M[min(bisect_left(_REACHES_M, reach_m), len(_REACHES_M) - 1)]


def _drawn(views: list[View]) -> tuple[Points, Points, Points, Points]:
    """(N,) each: scale across and along the figure in pixels per metre, pitch and lean in radians, of the steps."""
    steps = np.array(views, dtype=np.float64).reshape(-1, len(View._fields))
    scale = _SIZE_STEP ** steps[:, 4]
    return scale, scale * _SIZE_STEP ** steps[:, 5], steps[:, 3] * PITCH_STEP_RAD, steps[:, 6] * _LEAN_STEP_RAD
