"""What a fitted ground looks like in its picture, so that a person sees whether it is right: paving and people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crushwatch.errors import GroundError
from crushwatch.ground.camera_ground import CameraGround
from crushwatch.ground.homography import Points
from crushwatch.site import Ground

AROUND = 0.5
"""The paving reaches beyond the known points by this share of their extent, and at least `AROUND_M`."""
AROUND_M = 3.0
STEPS_M = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
MOST_LINES = 40
"""In each direction."""
PIECES = 40
"""A line is drawn in so many: a lens bends it, and some of it lies out of the picture."""
TELLS_ONE_FROM, TELLS_ONE_UP_TO = 6, 40
PEOPLE = (8, 6)
"""Across and down the picture."""


@dataclass(frozen=True)
class Overlay:
    """step_m:     between two lines of the paving, metres
    lines_px:      each (N, 2) pixels of `picture_size_px`, only where the picture shows it
    people_px:     (M, 2, 2): feet and head of somebody who stands there, whose head the picture shows
    residuals_px:  (P,): how far each known point lies from where the fitted plane has it
    """

    step_m: float
    lines_px: tuple[Points, ...]
    people_px: npt.NDArray[np.float64]
    residuals_px: npt.NDArray[np.float64]


def overlay(ground: Ground, fitted: CameraGround) -> Overlay:
    """`fitted` is what `CameraGround.fit` makes of `ground`."""
    low, high = _extent(fitted.points_m)
    step_m = next(step for step in STEPS_M if max(high - low) / step <= MOST_LINES or step == STEPS_M[-1])
    return Overlay(
        step_m=step_m,
        lines_px=tuple(_paving(fitted, low, high, step_m)),
        people_px=_people(fitted, low, high),
        residuals_px=_residuals(ground, fitted),
    )


def distance_m(fitted: CameraGround, from_px: tuple[float, float], to_px: tuple[float, float]) -> float | None:
    """Metres between two points of the floor, in pixels of the picture; None where one lies above the horizon."""
    ends = fitted.image_to_ground.apply(np.array([from_px, to_px]))
    return float(np.linalg.norm(ends[1] - ends[0])) if np.isfinite(ends).all() else None


def suspect(ground: Ground, fitted: CameraGround) -> int | None:
    """The place of the one point without which the others agree; None where there is no such point, or under six.

    Of five points any one may be taken out and the other four are met exactly. With one wrong of more, each is pulled:
    the farthest from the plane need not be the wrong one.
    """
    error_px = fitted.reprojection_error_px
    if error_px is None or not TELLS_ONE_FROM <= len(ground.points) <= TELLS_ONE_UP_TO:
        return None
    left = [_error_without(ground, place, fitted.picture_size_px) for place in range(len(ground.points))]
    place = int(np.argmin(left))
    return place if left[place] < error_px / 2 else None


def _error_without(ground: Ground, place: int, picture_size_px: tuple[int, int]) -> float:
    points = (*ground.points[:place], *ground.points[place + 1 :])
    try:
        error_px = CameraGround.fit(ground.model_copy(update={"points": points}), picture_size_px).reprojection_error_px
    except GroundError:
        return float("inf")
    return float("inf") if error_px is None else error_px


def _extent(points_m: Points) -> tuple[Points, Points]:
    """Lower left and upper right corner, (2,) metres each, of what is paved."""
    low, high = points_m.min(axis=0), points_m.max(axis=0)
    around = np.maximum((high - low) * AROUND, AROUND_M)
    return low - around, high + around


def _paving(fitted: CameraGround, low: Points, high: Points, step_m: float) -> Iterator[Points]:
    shares = np.linspace(0, 1, PIECES + 1)[:, None]
    for axis in (0, 1):
        for at in _multiples(low[axis], high[axis], step_m):
            begin, end = low.copy(), high.copy()
            begin[axis] = end[axis] = at
            yield from _shown(fitted, fitted.ground_to_image.apply(begin + (end - begin) * shares))


def _multiples(low: float, high: float, step_m: float) -> npt.NDArray[np.float64]:
    first, last = np.ceil(low / step_m), np.floor(high / step_m)
    return np.asarray((first + np.arange(int(min(last - first + 1, MOST_LINES)))) * step_m, dtype=np.float64)


def _shown(fitted: CameraGround, line_px: Points) -> Iterator[Points]:
    """The pieces of a line of which the picture shows something."""
    size = np.asarray(fitted.picture_size_px, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        inside = ((line_px >= -size) & (line_px <= 2 * size)).all(axis=1)  # NaN is behind the camera
    runs = np.split(line_px, np.flatnonzero(np.diff(inside)) + 1)
    for run in runs:
        if len(run) > 1 and np.isfinite(run).all() and ((run >= 0) & (run <= size)).all(axis=1).any():
            yield run


def _people(fitted: CameraGround, low: Points, high: Points) -> npt.NDArray[np.float64]:
    """Heads evenly over the picture, of those who would stand on what is paved."""
    columns, rows = PEOPLE
    xs, ys = np.meshgrid((np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows)
    heads_px = np.column_stack([xs.ravel(), ys.ravel()]) * fitted.picture_size_px
    standing = fitted.image_to_head.apply(heads_px)
    people = np.stack([fitted.ground_to_image.apply(standing), heads_px], axis=1)
    with np.errstate(invalid="ignore"):
        on_paving = ((standing >= low) & (standing <= high)).all(axis=1)
    return np.asarray(people[on_paving & np.isfinite(people).all(axis=(1, 2))], dtype=np.float64)


def _residuals(ground: Ground, fitted: CameraGround) -> npt.NDArray[np.float64]:
    clicked = np.array([point.px for point in ground.points], dtype=np.float64)
    return np.asarray(np.linalg.norm(fitted.ground_to_image.apply(fitted.points_m) - clicked, axis=1))
