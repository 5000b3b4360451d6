"""How long who waits for the next key frame may let the packets between lie in the connection.

Each of them wakes the reader, and the waking costs more than the reading. Over TCP they can wait and be read together.
As key frames come at a pace, the reader is awake again when the next one is expected, so that its time of capture is
true; one that comes out of turn is read `REST_S` late at most.
"""

from __future__ import annotations

REST_S = 0.1
AHEAD_S = 0.1
"""So long before a key frame is expected the reader is awake: networks deliver by fits."""
QUEUED_S = 0.01
"""A packet that came sooner than this lay there already: others may, too, and are read before a rest. On a loaded
machine it takes some milliseconds to read one that lies there."""


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
        self._due_s = 0.0
        self._gap_s = 0.0
        self._has_rested = False

    def rest_s(self, *, is_key: bool, asked_s: float, now_s: float) -> float:
        """Seconds to rest after a packet that was asked for at `asked_s` and came at `now_s`; 0 until the pace is
        known, while more lies there, and when a key frame is near."""
        if is_key:
            self._learn(now_s)
        if now_s - asked_s < QUEUED_S or now_s + REST_S + AHEAD_S > self._due_s:
            return 0.0
        self._has_rested = True
        return REST_S

    def _learn(self, now_s: float) -> None:
        """The pace is what the camera shows while nobody rests; a rest never makes it longer.

        Who finds a key frame late has rested too long, or the camera has another pace: he reads on without rest until
        the next one, which brings him to the present and shows the pace anew.
        """
        gap_s = 0.0 if self._key_at_s is None else now_s - self._key_at_s
        if not self._has_rested:
            self._gap_s, begins_s = gap_s, now_s
        else:
            is_late = now_s > self._due_s + AHEAD_S
            self._gap_s = 0.0 if is_late else min(gap_s, self._gap_s)
            begins_s = min(now_s, self._due_s)
        self._key_at_s, self._due_s, self._has_rested = now_s, begins_s + self._gap_s, False
