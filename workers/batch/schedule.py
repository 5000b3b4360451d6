"""Whose turn it is: purely, from what each camera asks for and when it was last served.

When the machine cannot do all, all wait alike: the camera that is latest, measured in its own periods, goes first, so
that every camera is analysed at the same share of the rate it asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

SLACK = 0.1
"""A frame may be taken this share of a period early: a camera at 25 Hz never hits half seconds exactly."""


@dataclass(frozen=True)
class Demand:
    """What one camera asks for: frames a second, and the engine's width and height in pixels."""

    rate_hz: float
    shape_px: tuple[int, int]


@dataclass
class Schedule:
    """Times are seconds of one monotonic clock."""

    demands: Mapping[str, Demand]
    batch_size: int
    _due_at_s: dict[str, float] = field(default_factory=dict)

    def next_batch(self, ready: Iterable[str], now_s: float) -> list[str]:
        """The cameras of the next batch, all of one shape, the latest first; empty when nobody is due.

        `ready`: cameras that have a frame nobody has taken. Those chosen count as served at `now_s`.
        """
        due = sorted((camera for camera in ready if self._lateness(camera, now_s) >= -SLACK),
                     key=lambda camera: -self._lateness(camera, now_s))  # fmt: skip
        if not due:
            return []
        shape = self.demands[due[0]].shape_px
        chosen = [camera for camera in due if self.demands[camera].shape_px == shape][: self.batch_size]
        for camera in chosen:
            self._serve(camera, now_s)
        return chosen

    def next_due_s(self, now_s: float) -> float:
        """Seconds until the next camera is due, at least 0."""
        waits = (-(self._lateness(camera, now_s) + SLACK) / self.demands[camera].rate_hz for camera in self.demands)
        return max(0.0, min(waits, default=1.0))

    def _lateness(self, camera: str, now_s: float) -> float:
        """In periods of the camera; a camera that was never served is due and somewhat late."""
        return (now_s - self._due_at_s.get(camera, now_s)) * self.demands[camera].rate_hz

    def _serve(self, camera: str, now_s: float) -> None:
        """Due again one period after it was due, so that the mean rate is kept; late cameras do not catch up."""
        period_s = 1 / self.demands[camera].rate_hz
        was_due_s = self._due_at_s.get(camera, now_s)
        self._due_at_s[camera] = max(was_due_s + period_s, now_s)
