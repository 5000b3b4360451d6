"""Whose turn it is: purely, from what each camera asks for and when it was served.

Two rules. No camera is served before its period is over. And when the machine cannot do all, each camera gets the same
share of the rate it asked for: every service moves a camera's turn on by its period, and the smallest turn goes first
(start-time fair queueing: Goyal, Vin & Cheng, 1996). A camera that was silent takes up its turn at where the others
are: nobody catches up.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

SLACK = 0.1
"""A frame may be taken this share of a period early: a camera at 25 Hz never hits half seconds exactly."""


@dataclass(frozen=True)
class Demand:
    """What one camera asks for: frames a second, and the engine's width and height in pixels."""

    rate_hz: float
    shape_px: tuple[int, int]

    @property
    def period_s(self) -> float:
        """Seconds between its frames."""
        return 1 / self.rate_hz


@dataclass
class Schedule:
    """Times are seconds of one monotonic clock."""

    demands: Mapping[str, Demand]
    batch_size: int
    _due_at_s: dict[str, float] = field(default_factory=dict)
    _turns: dict[str, float] = field(default_factory=dict)
    _turn_now: float = 0.0

    def next_batch(self, ready: Iterable[str], now_s: float) -> list[str]:
        """The cameras of the next batch, all of one shape; empty when nobody is due.

        `ready`: cameras that have a frame nobody has taken. Those chosen count as served at `now_s`.
        """
        due = sorted((camera for camera in ready if self._is_due(camera, now_s)), key=self._turn)
        if not due:
            return []
        self._turn_now = self._turn(due[0])
        chosen = [camera for camera in due if self._goes_with(due[0], camera)][: self.batch_size]
        for camera in chosen:
            self._serve(camera, now_s)
        return chosen

    def _is_due(self, camera: str, now_s: float) -> bool:
        return now_s >= self._due_at_s.get(camera, -math.inf) - SLACK * self.demands[camera].period_s

    def _goes_with(self, first: str, camera: str) -> bool:
        """Whether it fits into the batch of `first`, and its turn has come but for one: it would have more than its
        share where few cameras have its shape."""
        demand = self.demands[camera]
        is_near = self._turn(camera) <= self._turn_now + demand.period_s
        return camera == first or (demand.shape_px == self.demands[first].shape_px and is_near)

    def _turn(self, camera: str) -> float:
        return max(self._turns.get(camera, self._turn_now), self._turn_now)

    def _serve(self, camera: str, now_s: float) -> None:
        """Due again one period after it was due, so that the mean rate is kept, but never in the past."""
        period_s = self.demands[camera].period_s
        self._due_at_s[camera] = max(self._due_at_s.get(camera, now_s) + period_s, now_s)
        self._turns[camera] = self._turn(camera) + period_s
