"""Overlays as a film: MP4, each shown at its moment."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from crushwatch.errors import CrushwatchError
from workers.capture.source import RgbImage

TICKS_PER_S = 1000
SHOWN_S = 1.0
"""How long a picture without a time of its own is shown, and how long the last one."""


class OverlayFilm:
    """One file, which can be played once it is closed. The first picture gives its size."""

    def __init__(self, path: Path) -> None:
        """Raises CrushwatchError when it cannot be written."""
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._container = av.open(str(path), "w", format="mp4")
        except OSError as error:
            raise CrushwatchError(f"{path}: the film cannot be written: {error.strerror}") from None
        self._stream = self._container.add_stream("libx264", rate=TICKS_PER_S, options={"crf": "20", "bf": "0"})
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = Fraction(1, TICKS_PER_S)
        self._next_tick = 0

    def add(self, image: RgbImage, time_s: float | None) -> None:
        """(height, width, 3) RGB, shown from `time_s` on; None: a second after the one before."""
        tick = self._next_tick if time_s is None else max(self._next_tick, round(time_s * TICKS_PER_S))
        if not self._stream.codec_context.is_open:
            height, width = image.shape[:2]
            self._stream.width, self._stream.height = width - width % 2, height - height % 2
        frame = av.VideoFrame.from_ndarray(self._fitting(image), format="rgb24")
        frame.pts, frame.time_base = tick, Fraction(1, TICKS_PER_S)
        self._next_tick = tick + (round(SHOWN_S * TICKS_PER_S) if time_s is None else 1)
        self._write(frame)

    def close(self) -> None:
        """Write what is left."""
        if self._stream.codec_context.is_open:
            self._write(None)
        self._container.close()

    def _fitting(self, image: RgbImage) -> RgbImage:
        size_px = (self._stream.width, self._stream.height)
        if image.shape[1] - size_px[0] in (0, 1) and image.shape[0] - size_px[1] in (0, 1):
            return np.ascontiguousarray(image[: size_px[1], : size_px[0]])
        return np.asarray(cv2.resize(image, size_px, interpolation=cv2.INTER_AREA), dtype=np.uint8)

    def _write(self, frame: av.VideoFrame | None) -> None:
        try:
            for packet in self._stream.encode(frame):
                packet.duration = packet.duration or round(SHOWN_S * TICKS_PER_S)
                self._container.mux(packet)
        except (av.FFmpegError, OSError) as error:
            raise CrushwatchError(f"{self._path}: the film cannot be written: {error.strerror}") from None
