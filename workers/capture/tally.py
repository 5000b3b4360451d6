"""What a source counts while it reads, kept by whoever watches it: the figures outlive every reconnection."""

from __future__ import annotations

import threading
from collections import deque

from workers.capture.clock import StreamClock


class Rate:
    """Events a second over the last `window_s` seconds; of those that come more seldom, by the last two. For one thread
    that adds and any that ask.

    >>> rate = Rate(window_s=5)
    >>> for moment in range(10): rate.add(moment * 0.5)
    >>> rate.hz(4.5)
    2.0
    >>> for moment in (14.5, 24.5): rate.add(moment)
    >>> rate.hz(30.0), rate.hz(44.5)
    (0.1, 0.05)
    """

    def __init__(self, window_s: float = 5.0) -> None:
        self._window_s = window_s
        self._moments: deque[float] = deque(maxlen=2000)
        self._lock = threading.Lock()

    def add(self, now_s: float) -> None:
        """One more, at `now_s`."""
        with self._lock:
            self._moments.append(now_s)
            self._forget(now_s)

    def hz(self, now_s: float) -> float:
        """Events a second as seen at `now_s`; 0 of fewer than two."""
        with self._lock:
            self._forget(now_s)
            if len(self._moments) < 2 or self._moments[-1] <= self._moments[0]:
                return 0.0
            first_s, last_s = self._moments[0], self._moments[-1]
            if now_s - first_s > self._window_s:
                return 1 / max(last_s - first_s, now_s - last_s)
            return (len(self._moments) - 1) / (last_s - first_s)

    def _forget(self, now_s: float) -> None:
        """What is older than the window, but for the last two."""
        while len(self._moments) > 2 and now_s - self._moments[0] > self._window_s:
            self._moments.popleft()


class Tally:
    """Counts of one camera: written by the thread that reads it, read by any."""

    def __init__(self) -> None:
        self.source_frames = 0
        """Frames that the camera sent, decoded or not."""
        self.decode_errors = 0
        """Frames that could not be decoded, or only in part; they are not given on."""
        self.frames_left_out = 0
        """Frames that were read so late that newer ones had piled up behind them; they are not given on."""
        self.trouble = ""
        """Why a camera that sends gives no pictures, for a person; empty while it gives some."""
        self.source_rate = Rate()
        self.clock = StreamClock()
        """Of a live stream: its stamps against our clock."""

    def count_source_frame(self, now_s: float) -> None:
        """The camera sent one more."""
        self.source_frames += 1
        self.source_rate.add(now_s)
