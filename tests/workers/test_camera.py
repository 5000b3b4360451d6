"""One camera as the worker keeps it."""

from __future__ import annotations

from datetime import UTC, datetime

from crushwatch.site import Site
from support.waiting import wait_for
from workers.camera import CameraWatch
from workers.metrics import WorkerMetrics


def test_a_simulated_camera_is_never_blamed_for_sending_too_few_pictures() -> None:
    site = Site.model_validate({"id": "s", "cameras": {"gate": {"source": "sim:gate"}}})
    watch = CameraWatch(site, "worker", "gate", site.cameras["gate"], WorkerMetrics(), datetime.now(UTC))
    watch.capture.start()
    try:
        wait_for("its rate", lambda: (watch.capture.status().source_rate_hz or 0) > 0)
        assert watch.sight().sent_rate_hz is None
    finally:
        watch.capture.stop()
