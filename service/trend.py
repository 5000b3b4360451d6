"""A region's figures over time, thinned out to what a line on a screen can show. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from service.api.views import TrendView
from service.store.readings import Figures

POINTS_AT_MOST = 300


def trend(figures: Sequence[Figures], since: datetime, until: datetime, points: int = POINTS_AT_MOST) -> TrendView:
    """One point an interval: the highest figure in it, for a line that hides a peak lies. null where none was measured.

    Intervals before the first and after the last figure are left out.
    """
    width_s = (until - since).total_seconds() / points
    intervals: dict[int, list[Figures]] = {}
    for figure in figures:
        place = int((figure.captured_at - since).total_seconds() / width_s)
        intervals.setdefault(min(max(place, 0), points - 1), []).append(figure)
    places = range(min(intervals), max(intervals) + 1) if intervals else range(0)
    found = [intervals.get(place, []) for place in places]
    start_s = since.timestamp()
    return TrendView(
        t=[round(start_s + (place + 0.5) * width_s, 3) for place in places],
        density=[_highest([figure.density_per_m2 for figure in group]) for group in found],
        peak_density=[_highest([figure.peak_density_per_m2 for figure in group]) for group in found],
        count=[_highest([figure.count for figure in group]) for group in found],
    )


def _highest(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(max(known), 3) if known else None
