"""The ground plane against the truth: true heads splatted as density, region by region, under cameras of any tilt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crushwatch.ground import Floor, GroundGrid
from crushwatch.ground.grid import window_cells
from crushwatch.ground.polygon import contains
from crushwatch.regions import RegionMeter
from crushwatch.regions.density import PEAK_STEP_M, PEAK_WINDOW_LEAST, PEAK_WINDOW_M
from crushwatch.simulate.crowd import Moment
from crushwatch.simulate.pinhole import Points
from workers.replay.truth import splat
from workers.validate.views import View

TILTS_DEG = (15.0, 20.0, 30.0, 40.0, 50.0, 60.0)
THIN_PER_M2 = 0.5
"""Of fewer people than this a share says nothing: one of three is a third."""

Series = npt.NDArray[np.float64]
"""(moments,)."""


@dataclass(frozen=True)
class RegionSeries:
    """One region, moment by moment. people; people per square metre of it; and of its fullest 3 m x 3 m."""

    count: Series
    density_per_m2: Series
    peak_per_m2: Series


@dataclass(frozen=True)
class GroundRow:
    """One region under one camera. Errors are shares of the truth, over the moments that are not thin; None: all are.

    count_error, density_error, peak_error: of the mean, with their signs
    moment_error: of a single moment's count, without sign      people_off: the same in people, over all moments
    """

    scenario: str
    region: str
    tilt_deg: float
    true_per_m2: float
    count_error: float | None
    density_error: float | None
    peak_error: float | None
    moment_error: float | None
    people_off: float


def true_series(floor: Floor, moments: Iterable[Moment]) -> RegionSeries:
    """Counted by the feet: inside the outline, over its area, and in each 3 m x 3 m window of its own grid."""
    windows = _Windows(floor)
    inside = [moment.placed.feet_m[contains(floor.outline_m, moment.placed.feet_m)] for moment in moments]
    count = np.array([len(feet_m) for feet_m in inside], dtype=np.float64)
    density = count / floor.area_m2
    peak = np.array([windows.fullest(feet_m) for feet_m in inside], dtype=np.float64)
    return RegionSeries(count, density, np.maximum(density, peak))


def measured_series(view: View, moments: Iterable[Moment]) -> RegionSeries:
    """What the region's meter says of the true heads."""
    meter = RegionMeter.on_ground(view.drawn, view.lattice, view.ground, view.obstacles)
    found = [meter.measure(splat(view.heads_px(moment), view.lattice)) for moment in moments]
    return RegionSeries(
        np.array([each.count for each in found]),
        np.array([each.density_per_m2 or 0.0 for each in found]),
        np.array([each.peak_density_per_m2 or 0.0 for each in found]),
    )


def ground_row(view: View, measured: RegionSeries, true: RegionSeries) -> GroundRow:
    """How far they are apart."""
    crowded = true.density_per_m2 >= THIN_PER_M2
    return GroundRow(
        scenario=view.scenario.name,
        region=view.region,
        tilt_deg=view.tilt_deg,
        true_per_m2=float(true.density_per_m2.mean()),
        count_error=share_off(measured.count[crowded], true.count[crowded]),
        density_error=share_off(measured.density_per_m2[crowded], true.density_per_m2[crowded]),
        peak_error=share_off(measured.peak_per_m2[crowded], true.peak_per_m2[crowded]),
        moment_error=_moment_error(measured.count[crowded], true.count[crowded]),
        people_off=float(np.abs(measured.count - true.count).mean()),
    )


def share_off(measured: Series, true: Series) -> float | None:
    """The mean's error as a share of the true one; None without anybody.

    >>> share_off(np.array([3.0, 3.0]), np.array([2.0, 2.0]))
    0.5
    """
    total = float(true.sum())
    return float(measured.sum()) / total - 1 if total > 0 else None


def worst(errors: Sequence[float | None]) -> float | None:
    """The largest without its sign; None where none is known.

    >>> worst([0.01, None, -0.03])
    0.03
    """
    known = [abs(error) for error in errors if error is not None]
    return max(known, default=None)


def _moment_error(measured: Series, true: Series) -> float | None:
    total = float(true.sum())
    return float(np.abs(measured - true).sum()) / total if total > 0 else None


class _Windows:
    """Counts points in windows of 3 m x 3 m, as far apart as the meter's; nothing else is the meter's."""

    def __init__(self, floor: Floor) -> None:
        margin_m = np.array([PEAK_WINDOW_M, PEAK_WINDOW_M])
        reach = np.vstack([floor.outline_m.min(axis=0) - margin_m, floor.outline_m.max(axis=0) + margin_m])
        self._grid = GroundGrid.around(reach, PEAK_STEP_M)
        self._side = window_cells(PEAK_WINDOW_M, self._grid.cell_m)
        inside_m2 = self._sums(floor.coverage(self._grid) * self._grid.cell_m**2)
        self._area_m2 = np.maximum(inside_m2, PEAK_WINDOW_LEAST * PEAK_WINDOW_M**2)

    def fullest(self, feet_m: Points) -> float:
        """People per square metre in the fullest window, of which at least half is taken as region."""
        cells = self._grid.index(feet_m)
        people = np.bincount(cells[cells >= 0], minlength=self._grid.rows * self._grid.columns).astype(np.float64)
        sums = self._sums(people.reshape(self._grid.rows, self._grid.columns))
        return float(np.max(sums / self._area_m2, initial=0.0))

    def _sums(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        windows = np.lib.stride_tricks.sliding_window_view(values, (self._side, self._side))
        summed: npt.NDArray[np.float64] = windows.sum(axis=(2, 3))
        return summed
