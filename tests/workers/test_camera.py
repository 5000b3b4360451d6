"""One camera as the worker keeps it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from crushwatch.messages import CameraState
from crushwatch.site import Site
from support.waiting import wait_for
from workers.camera import CameraWatch
from workers.capture.picture import ArrayPicture
from workers.capture.source import Frame
from workers.capture.supervise import CaptureState
from workers.capture.tally import Rate
from workers.health.pace import Machine, Pace
from workers.health.steadily import steadily
from workers.metrics import WorkerMetrics

NOW, NOW_S = datetime(2022, 10, 29, 22, 0, tzinfo=UTC), 12_345.6


def test_a_simulated_camera_is_never_blamed_for_sending_too_few_pictures() -> None:
    site = Site.model_validate({"id": "s", "cameras": {"gate": {"source": "sim:gate"}}})
    watch = CameraWatch(site, "worker", "gate", site.cameras["gate"], WorkerMetrics(), NOW, NOW_S)
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
    watch = CameraWatch(site, "worker", "gate", site.cameras["gate"], WorkerMetrics(), NOW, NOW_S)
    status = replace(watch.capture.status(), state=CaptureState.CONNECTED, source_rate_hz=25.0)
    for second in range(20):
        monkeypatch.setattr(watch.capture, "status", lambda total=second // 2: replace(status, frames_decoded=total))
        pace = watch.pace(NOW_S + second)
    assert pace == Pace(0.0, due_hz)


def test_no_machine_is_called_too_slow_for_a_camera_that_sends_a_picture_in_forty_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = Site.model_validate({"id": "s", "cameras": {"gate": {"source": "rtsp://10.0.0.11/1"}}})
    watch = CameraWatch(site, "worker", "gate", site.cameras["gate"], WorkerMetrics(), NOW, NOW_S)
    status, rate, machine = replace(watch.capture.status(), state=CaptureState.CONNECTED), Rate(), Machine()
    image = np.zeros((72, 128, 3), np.uint8)
    for second in range(300):
        at_s = NOW_S + second
        if second % 40 == 0:
            rate.add(at_s)
            frame = Frame("gate", ArrayPicture(image, time_s=second), NOW, at_s, second, None)
            watch.saw(image, frame, np.zeros((9, 16), np.float32))
        told = replace(status, source_rate_hz=rate.hz(at_s))
        monkeypatch.setattr(watch.capture, "status", lambda told=told: told)
        pace = watch.pace(at_s)
        assert pace is not None
        machine.look([pace], at_s)
        assert not machine.is_behind


def test_a_camera_that_gives_nothing_has_no_pace() -> None:
    site = Site.model_validate({"id": "s", "cameras": {"gate": {"source": "sim:gate"}}})
    watch = CameraWatch(site, "worker", "gate", site.cameras["gate"], WorkerMetrics(), NOW, NOW_S)
    assert watch.pace(NOW_S) is None


def test_the_frames_that_a_camera_left_out_are_counted_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site.model_validate({"id": "s", "cameras": {"gate": {"source": "sim:gate"}}})
    metrics = WorkerMetrics()
    watch = CameraWatch(site, "worker", "gate", site.cameras["gate"], metrics, NOW, NOW_S)
    status = watch.capture.status()
    for left_out in (7, 12, 12):
        monkeypatch.setattr(watch.capture, "status", lambda count=left_out: replace(status, frames_left_out=count))
        watch.health({}, NOW, NOW_S)
    said = metrics.registry.get_sample_value("crushwatch_worker_frames_left_out_total", {"camera": "gate"})
    assert said == 12


@pytest.mark.parametrize("set_by_s", [-3600, 0, 3600], ids=["set back", "left alone", "set ahead"])
def test_a_wall_clock_that_is_set_changes_nothing_of_how_long_a_camera_has_been_silent_or_still(set_by_s: int) -> None:
    site = Site.model_validate({"id": "s", "cameras": {"gate": {"source": "sim:gate"}}})
    watch = CameraWatch(site, "worker", "gate", site.cameras["gate"], WorkerMetrics(), NOW, NOW_S)
    image = np.zeros((72, 128, 3), np.uint8)
    for second in range(8):
        at = NOW + timedelta(seconds=second + (set_by_s if second >= 5 else 0))
        frame = Frame("gate", ArrayPicture(image, time_s=second), at, NOW_S + second, second, None)
        watch.saw(image, frame, np.zeros((9, 16), np.float32))
    now, now_s = NOW + timedelta(seconds=20 + 2 * set_by_s), NOW_S + 20
    sight, health = watch.sight(), watch.health({}, now, now_s)
    assert (sight.waiting_since, sight.unchanged_since) == (steadily(NOW_S + 7), steadily(NOW_S))
    assert (health.analysed_rate_hz, health.last_frame_at) == (0.0, at)


def test_the_age_of_the_newest_analysed_frame_grows_until_another_is_analysed() -> None:
    site = Site.model_validate({"id": "s", "cameras": {"gate": {"source": "sim:gate"}}})
    metrics = WorkerMetrics()
    watch = CameraWatch(site, "worker", "gate", site.cameras["gate"], metrics, NOW, NOW_S)
    image, ages_s = np.zeros((72, 128, 3), np.uint8), []
    for second in range(8):
        if second in (0, 5):
            frame = Frame("gate", ArrayPicture(image, time_s=second), NOW, NOW_S + second - 0.25, second, None)
            watch.saw(image, frame, np.zeros((9, 16), np.float32))
        watch.health({}, NOW, NOW_S + second)
        ages_s.append(metrics.registry.get_sample_value("crushwatch_worker_frame_age_seconds", {"camera": "gate"}))
    assert ages_s == pytest.approx([0.25, 1.25, 2.25, 3.25, 4.25, 0.25, 1.25, 2.25])


def test_a_worker_that_was_started_anew_says_since_when_a_camera_is_lost_as_its_alert_does() -> None:
    site = Site.model_validate({"id": "s", "cameras": {"gate": {"source": "sim:gate"}}})
    watch = CameraWatch(site, "worker", "gate", site.cameras["gate"], WorkerMetrics(), NOW, NOW_S)
    raised_at, over_at = NOW - timedelta(minutes=8), NOW + timedelta(seconds=9)
    frame = Frame("gate", ArrayPicture(np.zeros((72, 128, 3), np.uint8)), NOW, NOW_S, 0, None)
    watch.saw(frame.picture.rgb(128, 72), frame, np.zeros((9, 16), np.float32))
    lost = watch.health({"camera-moved": raised_at, "camera-slow": NOW}, NOW + timedelta(seconds=1), NOW_S + 1)
    assert (lost.state, lost.since, lost.faults) == (CameraState.DARK, raised_at, ("camera-moved", "camera-slow"))
    found = watch.health({}, over_at, NOW_S + 9)
    assert (found.state, found.since) == (CameraState.OK, over_at)
