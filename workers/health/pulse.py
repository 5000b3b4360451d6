"""The worker's own heartbeat."""

from __future__ import annotations

import os
from collections import deque
from datetime import datetime
from pathlib import Path

import numpy as np

from crushwatch.messages import WorkerHealth
from crushwatch.site import Site
from workers.infer.engine import Engine

RECENT = 200
"""Batches whose times are told."""


class WorkerPulse:
    """Collects what the worker says of itself."""

    def __init__(
        self, site: Site, name: str, model: str, engine: Engine, cameras: tuple[str, ...], started_at: datetime
    ) -> None:
        self._engine = engine  # asked each time: an engine whose GPU fails goes on elsewhere
        self._still = {
            "site": site.id,
            "worker": name,
            "started_at": started_at,
            "site_revision": site.revision,
            "model": model,
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
                "engine": self._engine.name,
                "device": f"{self._engine.device}, {self._engine.precision}",
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
