"""What the worker has seen of each camera (is the picture new, is it bright, how old is it), and its own heartbeat."""

from __future__ import annotations

import os
from collections import deque
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from crushwatch.messages import WorkerHealth
from crushwatch.rules import CameraSight
from crushwatch.site import Site
from workers.capture.source import RgbImage
from workers.infer.engine import Engine

RECENT = 200
THUMBNAIL_PX = (64, 36)
MOVED_LEVELS = 6.0
"""Grey levels by which a cell of the thumbnail changes when something moves there; an encoder's noise stays below."""
STILL_LEVELS = 0.03
"""Mean difference of two thumbnails below which not even a sensor's noise lies between them."""
STILL_SHARE = 0.25
"""A frozen picture that is encoded anew jumps at every key frame and stands quite still between: so many pairs must."""
PAIRS_NEEDED = 3


class SightKeeper:
    """One camera's sight, from the pictures that were analysed. Used by one thread."""

    def __init__(self, started_at: datetime) -> None:
        self._waiting_since = started_at
        self._last_frame_at: datetime | None = None
        self._unmoved_since: datetime | None = None
        self._differences: deque[float] = deque(maxlen=RECENT)
        self._thumbnail: npt.NDArray[np.float32] | None = None
        self._luma: float | None = None
        self._motion_known = False

    def see(self, image: RgbImage, captured_at: datetime) -> None:
        """Take one picture, at any size, without the letterbox's border."""
        small = cv2.resize(image, THUMBNAIL_PX, interpolation=cv2.INTER_AREA)
        thumbnail = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
        self._luma = float(thumbnail.mean())
        self._compare(thumbnail)
        self._thumbnail = thumbnail
        self._last_frame_at = self._waiting_since = captured_at

    def sight(self, reason: str = "") -> CameraSight:
        """For the rules; `reason` is what capture says of a camera that gives nothing."""
        unchanged_since = self._unmoved_since if self._is_still() else None
        return CameraSight(
            self._waiting_since, self._last_frame_at, unchanged_since, self._luma, reason, self._motion_known
        )

    @property
    def last_frame_at(self) -> datetime | None:
        """When the last picture was captured."""
        return self._last_frame_at

    def _compare(self, thumbnail: npt.NDArray[np.float32]) -> None:
        difference = None if self._thumbnail is None else np.abs(thumbnail - self._thumbnail)
        if difference is None or float(difference.max()) > MOVED_LEVELS:
            self._motion_known = difference is not None
            self._unmoved_since = None
            self._differences.clear()
            return
        self._unmoved_since = self._unmoved_since or self._last_frame_at
        self._differences.append(float(difference.mean()))
        self._motion_known = len(self._differences) >= PAIRS_NEEDED

    def _is_still(self) -> bool:
        """Nothing moves, and between enough pairs of pictures there is not even noise: no sensor does that."""
        if len(self._differences) < PAIRS_NEEDED:
            return False
        return float(np.quantile(self._differences, STILL_SHARE)) < STILL_LEVELS


class WorkerPulse:
    """The worker's own heartbeat."""

    def __init__(
        self, site: Site, name: str, model: str, engine: Engine, cameras: tuple[str, ...], started_at: datetime
    ) -> None:
        self._still = {
            "site": site.id,
            "worker": name,
            "started_at": started_at,
            "site_revision": site.revision,
            "model": model,
            "engine": engine.name,
            "device": f"{engine.device}, {engine.precision}",
            "cameras": cameras,
        }
        self._recent_s: deque[float] = deque(maxlen=RECENT)

    def inferred(self, took_s: float) -> None:
        """One batch took so long."""
        self._recent_s.append(took_s)

    def message(self, now: datetime, *, outbox_length: int) -> WorkerHealth:
        """What the service is told."""
        recent_ms = np.array(self._recent_s) * 1000
        return WorkerHealth.model_validate(
            self._still
            | {
                "published_at": now,
                "infer_ms_p50": float(np.percentile(recent_ms, 50)) if len(recent_ms) else None,
                "infer_ms_p95": float(np.percentile(recent_ms, 95)) if len(recent_ms) else None,
                "outbox_length": outbox_length,
                "memory_bytes": resident_bytes(),
            }
        )


def resident_bytes() -> int:
    """Memory of this process that is in RAM; 0 where the system does not say (no /proc)."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
