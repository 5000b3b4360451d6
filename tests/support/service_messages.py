"""Messages as a worker would send them, with what a test cares about as arguments."""

from __future__ import annotations

import itertools
import uuid
from datetime import UTC, datetime
from typing import Any

from crushwatch.messages import (
    AlertChange,
    AlertEvent,
    CameraHealth,
    CameraState,
    Level,
    Preview,
    RegionReading,
    WorkerHealth,
)

_numbers = itertools.count(1)


def utc_now() -> datetime:
    return datetime.now(UTC)


def reading(camera: str = "gate", region: str = "square", at: datetime | None = None, **figures: Any) -> RegionReading:
    at = at or utc_now()
    values: dict[str, Any] = {
        "site": "demo",
        "camera": camera,
        "region": region,
        "captured_at": at,
        "published_at": at,
        "sequence": next(_numbers),
        "count": 42.0,
        "area_m2": 20.0,
        "density_per_m2": 2.1,
        "peak_density_per_m2": 3.0,
        "instant_count": 43.0,
        "level": Level.CLEAR,
        "quality": 1.0,
        "model": "compact",
        "engine": "openvino",
    }
    return RegionReading(**(values | figures))


def camera_health(camera: str = "gate", at: datetime | None = None, **told: Any) -> CameraHealth:
    at = at or utc_now()
    values: dict[str, Any] = {
        "site": "demo",
        "worker": "worker-1",
        "camera": camera,
        "published_at": at,
        "state": CameraState.OK,
        "since": at,
    }
    return CameraHealth(**(values | told))


def worker_health(worker: str = "worker-1", at: datetime | None = None, **told: Any) -> WorkerHealth:
    at = at or utc_now()
    values: dict[str, Any] = {
        "site": "demo",
        "worker": worker,
        "published_at": at,
        "started_at": at,
        "site_revision": 1,
        "model": "compact",
        "engine": "openvino",
        "device": "CPU",
        "cameras": ("gate", "hall"),
    }
    return WorkerHealth(**(values | told))


def alert_event(
    change: AlertChange | str = "raised",
    level: Level | str = "alert",
    *,
    alert_id: str = "a-1",
    at: datetime | None = None,
    **told: Any,
) -> AlertEvent:
    at = at or utc_now()
    cleared = AlertChange(change) is AlertChange.CLEARED
    values: dict[str, Any] = {
        "event_id": str(uuid.uuid4()),
        "alert_id": alert_id,
        "site": "demo",
        "camera": "gate",
        "region": "square",
        "rule": "levels",
        "change": AlertChange(change),
        "level": Level.CLEAR if cleared else Level(level),
        "previous_level": Level.CLEAR,
        "because": "4.3 people/m² for 12 s, threshold 4 for 10 s",
        "value": 4.3,
        "threshold": 4.0,
        "unit": "people/m²",
        "captured_at": at,
        "published_at": at,
    }
    return AlertEvent(**(values | told))


def preview(camera: str = "gate", **told: Any) -> Preview:
    at = utc_now()
    values: dict[str, Any] = {
        "site": "demo",
        "camera": camera,
        "captured_at": at,
        "published_at": at,
        "width_px": 640,
        "height_px": 360,
        "jpeg": "/9j/4AAQ",
        "density": "AAAA",
        "density_rows": 1,
        "density_columns": 3,
    }
    return Preview(**(values | told))
