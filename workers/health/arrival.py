"""How a camera's pictures arrive: how many, how late, and by which clock."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Arrival:
    """None: not known.

    sent_rate_hz: frames that the camera sends; wanted_rate_hz: those that are to be analysed
    late_s: how much later pictures arrive than they did; clock_ahead_s: the camera's clock against ours
    """

    sent_rate_hz: float | None = None
    wanted_rate_hz: float | None = None
    late_s: float | None = None
    clock_ahead_s: float | None = None
