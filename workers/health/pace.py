"""Whether this machine keeps up: what it analyses of what is asked for and sent. Pure; times are arguments, all of them
of the monotonic clock: the wall's may be set.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

from crushwatch.rules.latch import Latch, hold
from workers.health.steadily import steadily

BEHIND_BELOW = 0.8
"""A share of what is due."""
LASTS_S = 20.0
"""So long it must fall short before it is said, and so long keep up before that is over."""


@dataclass(frozen=True)
class Pace:
    """Pictures a second of one camera. due_hz: those asked for, or all that it sends where these are fewer."""

    analysed_hz: float
    due_hz: float

    @property
    def is_behind(self) -> bool:
        """Whether fewer are analysed than are due."""
        return self.analysed_hz < BEHIND_BELOW * self.due_hz


class Growth:
    """How fast a count grows, over the last `window_s` seconds.

    >>> growth = Growth(window_s=10)
    >>> [growth.hz(total, now_s) for now_s, total in enumerate((40, 42, 44, 44))]
    [0.0, 2.0, 2.0, 1.3333333333333333]
    """

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._seen: deque[tuple[float, int]] = deque(maxlen=512)

    def hz(self, total: int, now_s: float) -> float:
        """The count is `total` now; 0 when it is seen for the first time."""
        self._seen.append((now_s, total))
        while now_s - self._seen[0][0] > self._window_s:
            self._seen.popleft()
        then_s, before = self._seen[0]
        return (total - before) / (now_s - then_s) if now_s > then_s else 0.0


class Machine:
    """Remembers whether this machine falls short of all its cameras together."""

    def __init__(self) -> None:
        self._behind = Latch()

    @property
    def is_behind(self) -> bool:
        """Whether it does, and has for long enough."""
        return self._behind.on

    def look(self, paces: Collection[Pace], now_s: float) -> Pace | None:
        """One look further; all cameras together when that has just changed."""
        was_behind = self.is_behind
        analysed_hz = sum(min(pace.analysed_hz, pace.due_hz) for pace in paces)
        together = Pace(analysed_hz, sum(pace.due_hz for pace in paces))
        falls_short = together.is_behind
        self._behind = hold(
            self._behind,
            reached=falls_short,
            left=not falls_short,
            raise_s=LASTS_S,
            clear_s=LASTS_S,
            now=steadily(now_s),
        )
        return together if self.is_behind is not was_behind else None
