"""One camera as the worker keeps it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crushwatch.site import Site
from support.waiting import wait_for
from workers.camera import CameraWatch
from workers.capture.supervise import CaptureState
from workers.health.pace import Pace
from workers.metrics import WorkerMetrics


def test_a_simulated_camera_is_never_blamed_for_sending_too_few_pictures() -> None:
    site = Site.model_validate({"id": "s", "cameras": {"gate": {"source": "sim:gate"}}})
    watch = CameraWatch(site, "worker", "gate", site.cameras["gate"], WorkerMetrics(), datetime.now(UTC))
    watch.capture.start()
    try:
        wait_for("a picture", lambda: watch.capture.status().state is CaptureState.CONNECTED)
        sight = watch.sight()
        assert sight.sent_rate_hz == sight.wanted_rate_hz == site.cameras["gate"].analysis_rate_hz
    finally:
        watch.capture.stop()


@pytest.mark.parametrize(
    ("given", "due_hz"),
    [({}, 2.0), ({"key_frames_only": True}, 0.5), ({"analysis_rate_hz": 30}, 25.0)],
    ids=["all frames", "a key frame every two seconds", "more than it sends"],
)
def test_no_more_is_due_than_a_camera_gives(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], due_hz: float
) -> None:
    site = Site.model_validate({"id": "s", "cameras": {"gate": {"source": "rtsp://10.0.0.11/1"} | given}})
    now = datetime.now(UTC)
    watch = CameraWatch(site, "worker", "gate", site.cameras["gate"], WorkerMetrics(), now)
    status = replace(watch.capture.status(), state=CaptureState.CONNECTED, source_rate_hz=25.0)
    for second in range(20):
        monkeypatch.setattr(watch.capture, "status", lambda total=second // 2: replace(status, frames_decoded=total))
        pace = watch.pace(now + timedelta(seconds=second))
    assert pace == Pace(0.0, due_hz)


def test_a_camera_that_gives_nothing_has_no_pace() -> None:
    site = Site.model_validate({"id": "s", "cameras": {"gate": {"source": "sim:gate"}}})
    watch = CameraWatch(site, "worker", "gate", site.cameras["gate"], WorkerMetrics(), datetime.now(UTC))
    assert watch.pace(datetime.now(UTC)) is None


def test_the_frames_that_a_camera_left_out_are_counted_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site.model_validate({"id": "s", "cameras": {"gate": {"source": "sim:gate"}}})
    metrics, now = WorkerMetrics(), datetime.now(UTC)
    watch = CameraWatch(site, "worker", "gate", site.cameras["gate"], metrics, now)
    status = watch.capture.status()
    for left_out in (7, 12, 12):
        monkeypatch.setattr(watch.capture, "status", lambda count=left_out: replace(status, frames_left_out=count))
        watch.health(frozenset(), now)
    said = metrics.registry.get_sample_value("crushwatch_worker_frames_left_out_total", {"camera": "gate"})
    assert said == 12
