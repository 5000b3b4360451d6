"""Flow through a gate: people per metre and minute, both ways, and who is inside by the difference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crushwatch.ground.homography import Points
from crushwatch.ground.polygon import contains

DEPTH_M = 1.5
"""The strip along the gate whose people are taken: as deep as a few density cells, shallower than most queues."""
SWAYING_M_S = 0.1
"""Slower than this a standing person's sway and the optical flow's own error cannot be told from steps."""
LONGEST_STEP_S = 5.0
"""Over a longer gap nobody knows who crossed: it counts nobody."""


@dataclass(frozen=True)
class Crossing:
    """People a second through a gate at one moment, into its region and out of it; both at least 0."""

    in_per_s: float
    out_per_s: float

    def in_per_m_min(self, width_m: float) -> float:
        """People per metre of the gate's width and minute, inwards."""
        return 60 * self.in_per_s / width_m

    def out_per_m_min(self, width_m: float) -> float:
        """People per metre of the gate's width and minute, outwards."""
        return 60 * self.out_per_s / width_m


class GateMeter:
    """One gate on one lattice, precomputed."""

    def __init__(
        self, line_m: Points, inside_m: npt.ArrayLike, samples_m: Points, samples_per_cell: int, width_m: float | None
    ) -> None:
        """line_m: (2, 2) metres; inside_m: (2,) any point on the side that is `in`.

        samples_m: (cells * samples_per_cell, 2) metres, cell by cell; NaN where nobody is seen.
        width_m: how wide the gate is where its line is longer or shorter than that; None for the line's length.
        """
        length_m = float(np.linalg.norm(line_m[1] - line_m[0]))
        self.width_m = width_m or length_m
        self._normal = inward_normal(line_m, inside_m)
        in_strip = contains(_strip(line_m, self._normal), samples_m)
        self._weights = in_strip.reshape(-1, samples_per_cell).mean(axis=1)

    def measure(self, people: npt.NDArray[np.floating], velocity_m_s: npt.NDArray[np.floating]) -> Crossing:
        """people: (rows, columns) a cell; velocity_m_s: (rows, columns, 2), NaN counts as standing still.

        Q = (1 / d) sum over the strip of n_c (v_c . normal): the flux rho v through the line, averaged over the strip
        of depth d = DEPTH_M around it; those who go in and those who go out each for themselves. Of those slower than
        SWAYING_M_S only what they do together counts: a standing crowd sways to and fro, and nobody crosses.
        """
        mass = people.reshape(-1) * self._weights
        across = np.nan_to_num(velocity_m_s.reshape(-1, 2)) @ self._normal
        walking = np.where(np.abs(across) >= SWAYING_M_S, across, 0.0)
        together = float(mass @ (across - walking))
        return Crossing(
            in_per_s=(float(mass @ np.maximum(walking, 0)) + max(together, 0.0)) / DEPTH_M,
            out_per_s=(float(mass @ np.maximum(-walking, 0)) + max(-together, 0.0)) / DEPTH_M,
        )


class Turnstile:
    """Adds up who has crossed. Owned by one gate."""

    def __init__(self) -> None:
        self._last_s: float | None = None
        self.in_people = 0.0
        self.out_people = 0.0

    def add(self, time_s: float, crossing: Crossing) -> float:
        """The running difference, people inside by this gate since the start; a gap or a step back counts nobody."""
        step_s = 0.0 if self._last_s is None else time_s - self._last_s
        self._last_s = time_s
        if 0 < step_s <= LONGEST_STEP_S:
            self.in_people += crossing.in_per_s * step_s
            self.out_people += crossing.out_per_s * step_s
        return self.in_people - self.out_people


def inward_normal(line_m: Points, inside_m: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """(2,) the unit vector across the line towards `inside_m`.

    >>> inward_normal(np.array([[0.0, 0.0], [2.0, 0.0]]), (1.0, 5.0)).tolist()
    [0.0, 1.0]
    """
    along = (line_m[1] - line_m[0]) / np.linalg.norm(line_m[1] - line_m[0])
    across = np.array([-along[1], along[0]])
    side = float((np.asarray(inside_m, dtype=np.float64) - line_m.mean(axis=0)) @ across)
    return (across if side >= 0 else -across) + 0.0


def _strip(line_m: Points, normal: npt.NDArray[np.float64]) -> Points:
    half = normal * DEPTH_M / 2
    return np.array([line_m[0] - half, line_m[1] - half, line_m[1] + half, line_m[0] + half])
