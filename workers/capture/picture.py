"""Pictures that wait as they were decoded until somebody says at what size they are wanted."""

from __future__ import annotations

import threading
from typing import Literal

import av
import cv2
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from workers.capture.source import RgbImage

_of_thread = threading.local()


class AvPicture:
    """A picture of a stream or file: from the codec's own colours to RGB and to size in one pass of libswscale.

    time_s: seconds from the start of its stream, where the stream says so.
    """

    def __init__(self, frame: av.VideoFrame, time_s: float | None = None) -> None:
        self._frame = frame
        self._quarter_turns = round(frame.rotation / 90) % 4
        self._one_at_a_time = threading.Lock()
        self.time_s = time_s

    @property
    def width_px(self) -> int:
        return self._frame.height if self._quarter_turns % 2 else self._frame.width

    @property
    def height_px(self) -> int:
        return self._frame.width if self._quarter_turns % 2 else self._frame.height

    def rgb(self, width_px: int, height_px: int) -> RgbImage:
        """(height_px, width_px, 3) uint8, upright where the file says how the camera was held."""
        if not self._quarter_turns:
            return self._scaled(width_px, height_px)
        lying = (height_px, width_px) if self._quarter_turns % 2 else (width_px, height_px)
        return np.ascontiguousarray(np.rot90(self._scaled(*lying), self._quarter_turns))

    def _scaled(self, width_px: int, height_px: int) -> RgbImage:
        shrinks = width_px <= self._frame.width and height_px <= self._frame.height
        with self._one_at_a_time:
            scaled = _scaler().reformat(
                self._frame,
                width=width_px,
                height=height_px,
                format="rgb24",
                interpolation=Interpolation.AREA if shrinks else Interpolation.BILINEAR,
                threads=1,
            )
        image: RgbImage = np.ascontiguousarray(scaled.to_ndarray(), dtype=np.uint8)
        return image


def _scaler() -> VideoReformatter:
    """This thread's: its tables are made anew only when a size changes."""
    if not hasattr(_of_thread, "scaler"):
        _of_thread.scaler = VideoReformatter()
    scaler: VideoReformatter = _of_thread.scaler
    return scaler


class ArrayPicture:
    """A picture that is an array already, (height, width, 3) uint8: of a webcam, of a simulated camera."""

    def __init__(self, pixels: RgbImage, order: Literal["rgb", "bgr"] = "rgb", time_s: float | None = None) -> None:
        self._pixels = pixels
        self._order = order
        self.time_s = time_s

    @property
    def width_px(self) -> int:
        return int(self._pixels.shape[1])

    @property
    def height_px(self) -> int:
        return int(self._pixels.shape[0])

    def rgb(self, width_px: int, height_px: int) -> RgbImage:
        """(height_px, width_px, 3) uint8; may be the very array that it was made of, so it is not to be written to."""
        pixels = self._pixels
        if (width_px, height_px) != (self.width_px, self.height_px):
            shrinks = width_px <= self.width_px and height_px <= self.height_px
            how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
            pixels = np.asarray(cv2.resize(pixels, (width_px, height_px), interpolation=how), dtype=np.uint8)
        if self._order == "bgr":
            pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), dtype=np.uint8)
        return np.ascontiguousarray(pixels)
