"""What the workers of a large site say, said by one process: every region and camera once a second, and alerts."""

from __future__ import annotations

import threading
import time
import uuid
from datetime import UTC, datetime, timedelta

from crushwatch.bus import Bus
from crushwatch.messages import (
    AlertChange,
    AlertEvent,
    CameraHealth,
    CameraState,
    Forecast,
    GateFlow,
    Level,
    RegionReading,
    WorkerHealth,
)

CAMERAS_A_WORKER = 32
CAPTURED_BEFORE = timedelta(milliseconds=120)
"""What decoding and counting take."""


def publish_until(
    bus: Bus, site: str, cameras: int, regions_a_camera: int, stopping: threading.Event, behind: list[float]
) -> None:
    """Cameras one after the other, spread evenly over each second. `behind` gets how late each second began."""
    started_s, started_at = time.monotonic(), datetime.now(UTC)
    second = 0
    while not stopping.is_set():
        behind.append(max(0.0, time.monotonic() - started_s - second))
        for number in range(cameras):
            due_s = started_s + second + number / cameras
            if due_s > time.monotonic():
                stopping.wait(due_s - time.monotonic())
            bus.publish("readings", [reading(site, number, region, second) for region in range(regions_a_camera)])
            bus.publish("health", [camera_health(site, number, started_at)])
        bus.publish("health", list(worker_healths(site, cameras, started_at)))
        second += 1


def reading(site: str, camera: int, region: int, sequence: int) -> RegionReading:
    """One with everything in it that a calibrated camera gives."""
    now = datetime.now(UTC)
    density = 1.0 + (camera * 7 + region * 3 + sequence) % 97 / 100
    flow = GateFlow(gate="north", width_m=3.2, in_per_m_min=21.4, out_per_m_min=8.7, net_people=143.0)
    return RegionReading(
        site=site,
        camera=f"camera-{camera:03}",
        region=f"region-{region}",
        captured_at=now - CAPTURED_BEFORE,
        published_at=now,
        sequence=sequence,
        count=density * 80,
        area_m2=80.0,
        density_per_m2=density,
        peak_density_per_m2=density * 1.4,
        instant_count=density * 81,
        instant_density_per_m2=density * 1.0125,
        rate_per_m2_per_min=0.041,
        level=Level.CLEAR,
        quality=0.93,
        speed_m_s=0.83,
        velocity_m_s=(0.71, -0.22),
        heading_deg=342.8,
        speed_variance_m2_s2=0.052,
        counterflow_share=0.18,
        pressure_per_s2=0.0031,
        divergence_per_s=-0.004,
        gates=(flow,) if region == 0 else None,
        forecast=Forecast(
            density_per_m2=density,
            density_low_per_m2=density * 0.9,
            density_high_per_m2=density * 1.1,
            rate_per_m2_per_min=0.041,
            rate_low_per_m2_per_min=0.011,
            rate_high_per_m2_per_min=0.072,
        ),
        model="compact",
        engine="openvino",
    )


def camera_health(site: str, camera: int, since: datetime) -> CameraHealth:
    """A camera that gives good pictures."""
    now = datetime.now(UTC)
    return CameraHealth(
        site=site,
        worker=f"worker-{camera // CAMERAS_A_WORKER}",
        camera=f"camera-{camera:03}",
        published_at=now,
        state=CameraState.OK,
        since=since,
        last_frame_at=now,
        width_px=1280,
        height_px=720,
        codec="h264",
        source_rate_hz=25.0,
        analysed_rate_hz=1.0,
    )


def worker_healths(site: str, cameras: int, started_at: datetime) -> list[WorkerHealth]:
    """The heartbeat of every worker."""
    names = [f"camera-{number:03}" for number in range(cameras)]
    groups = [names[first : first + CAMERAS_A_WORKER] for first in range(0, cameras, CAMERAS_A_WORKER)]
    return [
        WorkerHealth(
            site=site,
            worker=f"worker-{number}",
            published_at=datetime.now(UTC),
            started_at=started_at,
            site_revision=1,
            model="compact",
            engine="openvino",
            device="CPU",
            cameras=tuple(group),
        )
        for number, group in enumerate(groups)
    ]


def alerts(site: str, count: int, regions_a_camera: int) -> list[AlertEvent]:
    """As many alerts, each of a region of its own, all at once."""
    now = datetime.now(UTC)
    return [
        AlertEvent(
            event_id=str(uuid.uuid4()),
            alert_id=str(uuid.uuid4()),
            site=site,
            camera=f"camera-{number // regions_a_camera:03}",
            region=f"region-{number % regions_a_camera}",
            rule="levels",
            change=AlertChange.RAISED,
            level=Level.ALERT,
            previous_level=Level.CLEAR,
            because="4.3 people/m² for 12 s, threshold 4",
            value=4.3,
            threshold=4.0,
            unit="people/m²",
            captured_at=now,
            published_at=now,
        )
        for number in range(count)
    ]
