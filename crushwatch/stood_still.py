"""Whether this process itself stood still: a paused machine, memory on disk, a disk that did not answer."""

from __future__ import annotations

STOOD_STILL_S = 5.0
"""So much later than asked for a look must come."""
BELIEVED_EVERY_S = 60.0
"""It puts off no alert more often, nor before one could be told that it put off: on a machine that hardly runs silence
must still be told."""


class StoodStill:
    """Between looks at those who are silent after `silent_after_s`, which are due every `every_s`. All times are
    seconds of one monotonic clock.

    >>> stood_still = StoodStill(every_s=1.0, silent_after_s=15.0)
    >>> [stood_still.lasted_s(now_s) for now_s in (1.2, 2.2, 25.0, 26.0, 40.0, 41.0, 99.0)]
    [0.0, 0.0, 21.8, 0.0, 0.0, 0.0, 57.0]
    """

    def __init__(self, every_s: float, silent_after_s: float) -> None:
        self._every_s = every_s
        self._believed_every_s = max(BELIEVED_EVERY_S, 2 * silent_after_s)
        self._looked_at_s: float | None = None
        self._believed_at_s: float | None = None

    def looked(self, now_s: float) -> None:
        """A look is over: what it took is no standing still."""
        self._looked_at_s = now_s

    def lasted_s(self, now_s: float) -> float:
        """One look further: how much too late it comes; 0 for an ordinary one."""
        before_s, self._looked_at_s = self._looked_at_s, now_s
        late_s = 0.0 if before_s is None else now_s - before_s - self._every_s
        was_believed = self._believed_at_s is not None and now_s - self._believed_at_s < self._believed_every_s
        if late_s < STOOD_STILL_S or was_believed:
            return 0.0
        self._believed_at_s = now_s
        return round(late_s, 1)
