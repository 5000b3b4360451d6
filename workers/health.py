"""What the worker has seen of each camera: is the picture new, is it bright, how old is it."""

from __future__ import annotations

from datetime import datetime

import cv2
import numpy as np
import numpy.typing as npt

from crushwatch.rules import CameraSight
from workers.capture.source import RgbImage

THUMBNAIL_PX = (64, 36)
SAME_PICTURE_DIFFERENCE = 0.12
"""Mean absolute difference of two thumbnails, in grey levels of 255, below which they show one and the same picture.
A still scene filmed by a real sensor differs by more through its noise; a frozen picture, re-encoded, by less."""


class SightKeeper:
    """One camera's sight, from the pictures that were analysed. Used by one thread."""

    def __init__(self, started_at: datetime) -> None:
        self._waiting_since = started_at
        self._last_frame_at: datetime | None = None
        self._unchanged_since: datetime | None = None
        self._thumbnail: npt.NDArray[np.float32] | None = None
        self._luma: float | None = None

    def see(self, image: RgbImage, captured_at: datetime) -> None:
        """Take one picture, at any size, without the letterbox's border."""
        small = cv2.resize(image, THUMBNAIL_PX, interpolation=cv2.INTER_AREA)
        thumbnail = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
        self._luma = float(thumbnail.mean())
        self._unchanged_since = self._since_when_unchanged(thumbnail)
        self._thumbnail = thumbnail
        self._last_frame_at = self._waiting_since = captured_at

    def sight(self, reason: str = "") -> CameraSight:
        """For the rules; `reason` is what capture says of a camera that gives nothing."""
        return CameraSight(self._waiting_since, self._last_frame_at, self._unchanged_since, self._luma, reason)

    @property
    def last_frame_at(self) -> datetime | None:
        """When the last picture was captured."""
        return self._last_frame_at

    def _since_when_unchanged(self, thumbnail: npt.NDArray[np.float32]) -> datetime | None:
        if self._thumbnail is None or float(np.abs(thumbnail - self._thumbnail).mean()) > SAME_PICTURE_DIFFERENCE:
            return None
        return self._unchanged_since or self._last_frame_at
