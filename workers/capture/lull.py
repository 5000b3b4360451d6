"""How long who waits for the next key frame may let the packets between lie in the connection.

Each of them wakes the reader, and the waking costs more than the reading. Over TCP they can wait and be read together.
As key frames come at a pace, the reader is awake again when the next one is expected, so that its time of capture is
true; one that comes out of turn is read `REST_S` late at most.
"""

from __future__ import annotations

REST_S = 0.1
AHEAD_S = 0.1
"""So long before a key frame is expected the reader is awake: networks deliver by fits."""
QUEUED_S = 0.002
"""A packet that came sooner than this lay there already: others may, too, and are read before a rest."""


class Lull:
    """One stream's. All times are seconds of one monotonic clock.

    >>> lull = Lull()
    >>> [lull.rest_s(is_key=second % 2 == 0, asked_s=second - 0.04, now_s=float(second)) for second in range(4)]
    [0.0, 0.0, 0.1, 0.1]
    >>> lull.rest_s(is_key=False, asked_s=3.84, now_s=3.85)
    0.0
    """

    def __init__(self) -> None:
        self._key_at_s: float | None = None
        self._gap_s = 0.0

    def rest_s(self, *, is_key: bool, asked_s: float, now_s: float) -> float:
        """Seconds to rest after a packet that was asked for at `asked_s` and came at `now_s`; 0 until the pace is
        known, while more lies there, and when a key frame is near."""
        if is_key:
            self._gap_s = 0.0 if self._key_at_s is None else now_s - self._key_at_s
            self._key_at_s = now_s
        if self._key_at_s is None or now_s - asked_s < QUEUED_S:
            return 0.0
        return REST_S if now_s + REST_S + AHEAD_S <= self._key_at_s + self._gap_s else 0.0
