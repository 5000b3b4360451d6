"""Where the content of a frame has come from since its earlier one: measured now and then, beside the engine's work."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from crushwatch.regions.motion import Displacement, Grey, GreyPair, OpticalFlow, flow_picture_size_px
from workers.batch.letterbox import Letterbox
from workers.capture.source import Frame, RgbImage

EVERY_S = 0.45
"""Twice a second is often enough: a crowd takes seconds to change its pace, and each time costs some 7 ms."""
NEAREST_S, FARTHEST_S = 0.02, 0.35
"""Nearer pictures differ by less than the noise; between farther ones walkers are lost."""


class MotionMeter:
    """One camera's. Used by the thread that forms batches."""

    def __init__(self) -> None:
        self._flow = OpticalFlow()
        self._measured_at_s: float | None = None

    def measure(self, frame: Frame, letterbox: Letterbox, image: RgbImage) -> Displacement | None:
        """How far each density cell's content has come; None where it is not due or no near picture was kept.

        image: the frame in the engine's input.
        """
        earlier, now_s = frame.earlier, frame.captured_monotonic_s
        if earlier is None or not NEAREST_S <= earlier.apart_s <= FARTHEST_S:
            return None
        if self._measured_at_s is not None and 0 <= now_s - self._measured_at_s < EVERY_S:
            return None
        self._measured_at_s = now_s
        lattice = letterbox.lattice((letterbox.source_width_px, letterbox.source_height_px))
        small = shrunk(letterbox, flow_picture_size_px(lattice))
        before = cv2.cvtColor(small.image(earlier.picture), cv2.COLOR_RGB2GRAY)
        return self._flow.displacement(GreyPair(_grey(before), _now(image, small), earlier.apart_s), lattice)


def shrunk(letterbox: Letterbox, size_px: tuple[int, int]) -> Letterbox:
    """The same letterbox with an engine's input of another size, its content in the same share of it.

    >>> shrunk(Letterbox(1280, 720, 1024, 608, 1024, 576), (512, 304)).content_height_px
    288
    """
    across, down = size_px[0] / letterbox.engine_width_px, size_px[1] / letterbox.engine_height_px
    return replace(
        letterbox,
        engine_width_px=size_px[0],
        engine_height_px=size_px[1],
        content_width_px=round(letterbox.content_width_px * across),
        content_height_px=round(letterbox.content_height_px * down),
    )


def _now(image: RgbImage, small: Letterbox) -> Grey:
    size = (small.engine_width_px, small.engine_height_px)
    return _grey(cv2.cvtColor(cv2.resize(image, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY))


def _grey(picture: object) -> Grey:
    return np.asarray(picture, dtype=np.uint8)
