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

RECENT_BATCHES = 200
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
        self._recent_s: deque[float] = deque(maxlen=RECENT_BATCHES)

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
