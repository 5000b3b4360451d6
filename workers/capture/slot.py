"""The newest frame of one camera. A slow engine makes the picture older, never the queue longer."""

from __future__ import annotations

import threading

from workers.capture.source import Frame


class Slot:
    """Holds one frame. The capturing thread puts, the worker takes; a frame that comes before the last one was taken
    overwrites it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._frame: Frame | None = None
        self._taken = True
        self._overwritten = 0

    def put(self, frame: Frame) -> None:
        """This is the newest now."""
        with self._lock:
            self._overwritten += not self._taken
            self._frame, self._taken = frame, False

    def take(self) -> Frame | None:
        """The newest frame if nobody has taken it yet, else None."""
        with self._lock:
            if self._taken:
                return None
            self._taken = True
            return self._frame

    def newest(self) -> Frame | None:
        """The newest frame, taken or not, without taking it; None before the first."""
        with self._lock:
            return self._frame

    @property
    def has_new(self) -> bool:
        """Whether there is a frame that nobody has taken."""
        with self._lock:
            return not self._taken

    @property
    def overwritten(self) -> int:
        """Frames that nobody took."""
        with self._lock:
            return self._overwritten
