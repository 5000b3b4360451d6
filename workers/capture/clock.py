"""A live stream's own clock against ours: whether its pictures come later than they did, and whether it goes right.

A stream stamps each picture with its own time. On a sound network the difference to our clock hardly changes; where
pictures pile up on their way it grows: what seems to be now is then old. Cameras that send RTCP also say what time it
is by their own wall clock.

What is late is no measure of what is on time: however long pictures come late, they are compared with the moments
before. But what comes in order cannot be older than what came before it: a stamp that is less than the one before by
`LATE_S` and more is a clock that was set, and with it everything begins anew.
"""

from __future__ import annotations

import threading
from collections import deque

LOOK_BACK_S = 600.0
"""While nothing is late, the best moment of so long is the measure: clocks drift."""
LATE_S = 5.0
BUCKET_S = 10.0


class StreamClock:
    """One camera's; written by the thread that reads it, read by any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._least: deque[tuple[float, float]] = deque()
        self._stamp_s: float | None = None
        self._behind_s: float | None = None
        self._ahead_s: float | None = None

    def begin(self) -> None:
        """A new connection: its stamps begin anew."""
        with self._lock:
            self._least.clear()
            self._stamp_s = self._behind_s = self._ahead_s = None

    def saw(self, stamp_s: float, now_s: float) -> None:
        """A packet stamped `stamp_s` by the stream came at `now_s` of our monotonic clock."""
        behind_s = now_s - stamp_s
        with self._lock:
            if self._stamp_s is not None and stamp_s <= self._stamp_s - LATE_S:
                self._least.clear()
            self._stamp_s, self._behind_s = stamp_s, behind_s
            if not self._least or behind_s - self._best_s() <= LATE_S:
                self._remember(behind_s, now_s)

    def _remember(self, behind_s: float, now_s: float) -> None:
        if self._least and now_s - self._least[-1][0] < BUCKET_S:
            began_s, least_s = self._least[-1]
            self._least[-1] = (began_s, min(least_s, behind_s))
        else:
            self._least.append((now_s, behind_s))
        while self._least[0][0] < now_s - LOOK_BACK_S:
            self._least.popleft()

    def _best_s(self) -> float:
        return min(least_s for _began_s, least_s in self._least)

    def told(self, camera_s: float, now_s: float) -> None:
        """The camera says that it is `camera_s`, while it is `now_s` here; both in seconds since 1970."""
        with self._lock:
            self._ahead_s = camera_s - now_s

    @property
    def late_s(self) -> float | None:
        """How much later the newest packet came than in the best moment of the last ten minutes that were on time."""
        with self._lock:
            if self._behind_s is None:
                return None
            return self._behind_s - self._best_s()

    @property
    def ahead_s(self) -> float | None:
        """The camera's wall clock less ours; None where it has not said."""
        with self._lock:
            return self._ahead_s
