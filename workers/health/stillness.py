"""Frozen: pictures come, and nothing in them changes, not even a sensor's noise. A clock that is drawn in may run."""

from __future__ import annotations

from collections import deque
from datetime import datetime

import numpy as np
import numpy.typing as npt

Thumbnail = npt.NDArray[np.float32]
"""(36, 64) grey levels."""

RECENT = 200
MOVED_LEVELS = 6.0
"""Grey levels by which a cell of the thumbnail changes when something moves there; an encoder's noise stays below."""
STILL_LEVELS = 0.03
"""Mean difference of two thumbnails below which not even a sensor's noise lies between them."""
STILL_SHARE = 0.25
"""A frozen picture that is encoded anew jumps at every key frame and stands quite still between: so many pairs must."""
PAIRS_NEEDED = 3
CAPTION_ROWS = 4
"""Rows at the top and at the foot, a ninth of the height each, where cameras draw their clock: not looked at."""


class Stillness:
    """One camera's. `known`: enough pictures have been compared to tell."""

    def __init__(self) -> None:
        self._thumbnail: Thumbnail | None = None
        self._seen_at: datetime | None = None
        self._unmoved_since: datetime | None = None
        self._differences: deque[float] = deque(maxlen=RECENT)
        self.known = False

    def see(self, thumbnail: Thumbnail, at: datetime) -> None:
        """Take one picture's thumbnail."""
        between = thumbnail[CAPTION_ROWS:-CAPTION_ROWS]
        difference = None if self._thumbnail is None else np.abs(between - self._thumbnail)
        if difference is None or float(difference.max()) > MOVED_LEVELS:
            self.known = difference is not None
            self._unmoved_since = None
            self._differences.clear()
        else:
            self._unmoved_since = self._unmoved_since or self._seen_at
            self._differences.append(float(difference.mean()))
            self.known = len(self._differences) >= PAIRS_NEEDED
        self._thumbnail, self._seen_at = between, at

    def unchanged_since(self) -> datetime | None:
        """Since when every picture has been the same; None if the last one was new."""
        if len(self._differences) < PAIRS_NEEDED:
            return None
        is_still = float(np.quantile(self._differences, STILL_SHARE)) < STILL_LEVELS
        return self._unmoved_since if is_still else None
