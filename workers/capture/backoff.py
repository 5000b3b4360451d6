"""How long to wait before the next try to connect."""

from __future__ import annotations

SHORTEST_S = 1.0
LONGEST_S = 30.0


def pause_s(attempt: int, draw: float) -> float:
    """Seconds to wait after failure number `attempt` (from 1): doubled each time, 1 s to 30 s.

    draw: uniform on [0, 1); the upper half of each wait is left to it, so that the cameras of a switch that came back
    do not all knock at once.

    >>> [pause_s(attempt, 0.0) for attempt in (1, 2, 3, 4, 5, 6, 60)]
    [1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0]
    >>> pause_s(60, 1.0)
    30.0
    """
    ceiling_s = min(LONGEST_S, SHORTEST_S * 2.0 ** min(attempt, 16))
    return max(SHORTEST_S, ceiling_s * (1 + draw) / 2)
