"""A webcam of this machine, by its number, through OpenCV."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import cv2
import numpy as np

from crushwatch.errors import SourceError
from workers.capture.picture import ArrayPicture
from workers.capture.source import SourceInfo, Truth
from workers.capture.tally import Tally


class WebcamSource:
    """One webcam. A driver can hang in a read, so it is to be used through `DetachedSource`."""

    def __init__(self, index: int, tally: Tally) -> None:
        self._index = index
        self._tally = tally
        self._closing = threading.Event()
        self._busy = threading.Lock()
        self._device: cv2.VideoCapture | None = None

    def open(self) -> SourceInfo:
        with self._busy:
            device = cv2.VideoCapture(self._index)
            if not device.isOpened():
                device.release()
                raise SourceError(f"no webcam {self._index}: is it plugged in, and may this user read /dev/video*?")
            device.set(cv2.CAP_PROP_BUFFERSIZE, 1)
            self._device = device
            return SourceInfo(
                codec=_codec_name(int(device.get(cv2.CAP_PROP_FOURCC))),
                width_px=int(device.get(cv2.CAP_PROP_FRAME_WIDTH)),
                height_px=int(device.get(cv2.CAP_PROP_FRAME_HEIGHT)),
                frame_rate_hz=device.get(cv2.CAP_PROP_FPS) or None,
            )

    def frames(self) -> Iterator[tuple[ArrayPicture, Truth | None]]:
        while (picture := self._read()) is not None:
            yield picture, None

    def _read(self) -> ArrayPicture | None:
        with self._busy:
            try:
                if self._device is None or self._closing.is_set():
                    return None
                has_picture, pixels = self._device.read()
                if not has_picture:
                    raise SourceError(f"webcam {self._index} gives no more pictures: was it unplugged?")
                self._tally.count_source_frame(time.monotonic())
                return ArrayPicture(np.asarray(pixels, dtype=np.uint8), order="bgr")
            finally:
                self._release_if_closing()

    def close(self) -> None:
        self._closing.set()
        if self._busy.acquire(blocking=False):
            try:
                self._release_if_closing()
            finally:
                self._busy.release()

    def _release_if_closing(self) -> None:
        if self._closing.is_set() and self._device is not None:
            device, self._device = self._device, None
            device.release()


def _codec_name(fourcc: int) -> str:
    """
    >>> _codec_name(0x47504A4D)
    'mjpg'
    """
    letters = bytes(fourcc >> shift & 0xFF for shift in (0, 8, 16, 24))
    return letters.decode("ascii", "replace").strip("\0 ").lower() or "unknown"
