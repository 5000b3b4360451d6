"""A region's last minutes: the median that is reported, and how fast it rises."""

from __future__ import annotations

import math
import statistics
from collections import deque
from dataclasses import dataclass

import numpy as np

from crushwatch.regions.density import Measurement

RATE_WINDOW_S = 60.0
RATE_NEEDS_S = 20.0
"""No slope from less than this: noise over a short time looks like a surge."""


@dataclass(frozen=True)
class Smoothed:
    """Medians over the filter window, and the slope of the density over the last minute (None: too little data).

    newest_density_per_m2: median over the newer half of the window
    """

    count: float
    density_per_m2: float | None
    peak_density_per_m2: float | None
    rate_per_m2_per_min: float | None
    newest_density_per_m2: float | None = None


class Trend:
    """Owned by one region. Times are seconds of any one clock; a step back empties it."""

    def __init__(self, filter_window_s: float) -> None:
        self._filter_window_s = filter_window_s
        self._recent: deque[tuple[float, Measurement]] = deque()
        self._densities: deque[tuple[float, float]] = deque()

    def add(self, time_s: float, measurement: Measurement) -> Smoothed:
        """Take one frame's figures; the medians look back `filter_window_s` from here."""
        if self._recent and time_s < self._recent[-1][0]:
            self._recent.clear()
            self._densities.clear()
        self._recent.append((time_s, measurement))
        while self._recent[0][0] < time_s - self._filter_window_s:
            self._recent.popleft()
        density = self._median("density_per_m2")
        if density is not None:
            self._densities.append((time_s, density))
            while self._densities[0][0] < time_s - RATE_WINDOW_S:
                self._densities.popleft()
        return Smoothed(
            count=self._median("count") or 0.0,
            density_per_m2=density,
            peak_density_per_m2=self._median("peak_density_per_m2"),
            rate_per_m2_per_min=self._rate(),
            newest_density_per_m2=self._median("density_per_m2", since_s=time_s - self._filter_window_s / 2),
        )

    def _median(self, figure: str, since_s: float = -math.inf) -> float | None:
        values = [getattr(measurement, figure) for at_s, measurement in self._recent if at_s >= since_s]
        present = [value for value in values if value is not None]
        return statistics.median(present) if present else None

    def _rate(self) -> float | None:
        """Least-squares slope, people per square metre and minute."""
        if len(self._densities) < 3 or self._densities[-1][0] - self._densities[0][0] < RATE_NEEDS_S:
            return None
        times, values = np.array(self._densities).T
        centred = times - times.mean()
        return float(centred @ values / (centred @ centred) * 60)
