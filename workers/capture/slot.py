"""The newest frame of one camera. A slow engine makes the picture older, never the queue longer."""

from __future__ import annotations

import threading
from dataclasses import replace

from workers.capture.source import Earlier, Frame

APART_S = 0.09
"""From here to twice here, where the camera sends often enough, a frame and its earlier one are apart: people walk some
ten centimetres meanwhile, which optical flow follows."""


class Slot:
    """Holds one frame. The capturing thread puts, the worker takes; a frame that comes before the last one was taken
    overwrites it.

    keeps_earlier: hold two more, so that a frame that is taken carries an earlier one.
    """

    def __init__(self, *, keeps_earlier: bool = False) -> None:
        self._lock = threading.Lock()
        self._frame: Frame | None = None
        self._taken = True
        self._overwritten = 0
        self._keeps_earlier = keeps_earlier
        self._mark: Frame | None = None
        self._earlier: Frame | None = None

    def put(self, frame: Frame) -> None:
        """This is the newest now."""
        with self._lock:
            self._overwritten += not self._taken
            self._frame, self._taken = frame, False
            if self._keeps_earlier:
                self._remember(frame)

    def take(self) -> Frame | None:
        """The newest frame if nobody has taken it yet, else None."""
        with self._lock:
            if self._taken or self._frame is None:
                return None
            self._taken = True
            return self._with_earlier(self._frame)

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

    def _remember(self, frame: Frame) -> None:
        """A frame that comes APART_S after the last mark is a mark; the mark before the newest is the earlier one."""
        if self._mark is None:
            self._mark = frame
            return
        gap_s = apart_s(self._mark, frame)
        if gap_s >= APART_S:
            self._mark, self._earlier = frame, self._mark
        elif gap_s < 0:  # a file that began anew, a clock that was set back
            self._mark, self._earlier = frame, None

    def _with_earlier(self, frame: Frame) -> Frame:
        if self._earlier is None:
            return frame
        return replace(frame, earlier=Earlier(self._earlier.picture, apart_s(self._earlier, frame)))


def apart_s(earlier: Frame, later: Frame) -> float:
    """Seconds between two frames: by the stream's own clock where it has one, for the network delivers by fits."""
    if earlier.picture.time_s is not None and later.picture.time_s is not None:
        return later.picture.time_s - earlier.picture.time_s
    return later.captured_monotonic_s - earlier.captured_monotonic_s
