"""The same crowds measured by PedPy, which others wrote; where it is not installed there is nothing to compare with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from crushwatch.ground import Floor
from crushwatch.ground.polygon import contains
from crushwatch.simulate.crowd import Moment
from crushwatch.simulate.pinhole import Points
from workers.validate.on_ground import Series

HOW_TO_INSTALL = "needs PedPy: pip install pedpy"
REACH_M = 1.0
"""A Voronoi cell of somebody at the edge of a crowd reaches no farther."""
VORONOI_MOMENTS = 12
"""Voronoi cells of a crowd take PedPy a fifth of a second a moment."""


@dataclass(frozen=True)
class PedpyDensity:
    """classic_per_m2: (moments,) people inside over area. voronoi_per_m2: at the moments `voronoi_at` alone."""

    classic_per_m2: Series
    voronoi_per_m2: Series
    voronoi_at: tuple[int, ...]


def has_pedpy() -> bool:
    """Whether it is installed."""
    return find_spec("pedpy") is not None


def pedpy_density(floor: Floor, moments: Sequence[Moment]) -> PedpyDensity:
    """Both densities of one region; PedPy must be installed.

    PedPy measures in convex areas: what it finds in the outline is put onto the share of it where one can stand.
    """
    import pedpy

    area = pedpy.MeasurementArea(_corners(floor.outline_m))
    free_share = floor.area_m2 / area.area
    feet_m = [moment.placed.feet_m for moment in moments]
    table = pedpy.compute_classic_density(traj_data=_trajectories(moments, range(len(moments))), measurement_area=area)
    crowded = [number for number, feet in enumerate(feet_m) if contains(floor.outline_m, feet).sum() >= 3]
    chosen = tuple(crowded[:: max(1, len(crowded) // VORONOI_MOMENTS)])
    return PedpyDensity(
        classic_per_m2=_by_moment(table, range(len(moments))) / free_share,
        voronoi_per_m2=_voronoi(area, floor, moments, chosen) / free_share if chosen else np.empty(0),
        voronoi_at=chosen,
    )


def _voronoi(area: Any, floor: Floor, moments: Sequence[Moment], chosen: tuple[int, ...]) -> Series:
    import pedpy

    walked = np.concatenate([moments[number].placed.feet_m for number in chosen])
    (left, low), (right, high) = walked.min(axis=0) - 2 * REACH_M, walked.max(axis=0) + 2 * REACH_M
    cells = pedpy.compute_individual_voronoi_polygons(
        traj_data=_trajectories(moments, chosen),
        walkable_area=_walkable(floor, [(left, low), (right, low), (right, high), (left, high)]),
        cut_off=pedpy.Cutoff(radius=REACH_M, quad_segments=3),
    )
    table, _intersecting = pedpy.compute_voronoi_density(individual_voronoi_data=cells, measurement_area=area)
    return _by_moment(table, chosen)


def _walkable(floor: Floor, room: list[tuple[float, float]]) -> Any:
    """A room with the obstacles in it."""
    import pedpy

    return pedpy.WalkableArea(room, obstacles=[_corners(corners_m) for corners_m in floor.obstacles_m])


def _corners(points_m: Points) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in points_m]


def _trajectories(moments: Sequence[Moment], chosen: Sequence[int]) -> Any:
    import pandas
    import pedpy

    rows = np.concatenate(
        [
            np.column_stack([moments[number].ids, np.full(len(moments[number].ids), number), feet_m])
            for number in chosen
            for feet_m in [moments[number].placed.feet_m]
        ]
    )
    table = pandas.DataFrame(rows, columns=["id", "frame", "x", "y"]).astype({"id": int, "frame": int})
    return pedpy.TrajectoryData(data=table, frame_rate=1.0)


def _by_moment(table: Any, chosen: Sequence[int]) -> Series:
    column = table.reset_index().set_index("frame")["density"]
    return np.asarray(column.reindex(list(chosen)).fillna(0.0), dtype=np.float64)
