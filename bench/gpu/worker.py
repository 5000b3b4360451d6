"""From a frame to its reading with many cameras: slots, batches, page-locked upload, network, regions.

Every camera shows a ready-made picture at its rate; nothing is decoded, judged or published here. Regions are measured
on the device (a count and a peak come back) and, for comparison, on the processor (the map comes back).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import cv2
import numpy as np

from bench.gpu.networks import model_of
from bench.gpu.setting import Setting
from crushwatch.ground import CameraGround
from crushwatch.regions import RegionMeter
from crushwatch.simulate.training import render_training_frame
from crushwatch.site import Camera, Ground, Region, Site
from workers.batch.feeder import Batch, Feeder
from workers.batch.letterbox import Letterbox
from workers.capture.picture import ArrayPicture
from workers.capture.slot import Slot
from workers.capture.source import Frame
from workers.infer.torch import TorchEngine
from workers.infer.torch_regions import DeviceRegions

GROUND = Ground.model_validate(
    {
        "points": [
            {"px": [300, 690], "m": [0, 0]},
            {"px": [980, 690], "m": [8, 0]},
            {"px": [820, 330], "m": [8, 12]},
            {"px": [460, 330], "m": [0, 12]},
        ]
    }
)
REGION = Region(polygon_m=((0, 0), (8, 0), (8, 12), (0, 12)))
PICTURE_PX = (1280, 720)
WARM_UP_S = 1.0


@dataclass(frozen=True)
class Served:
    """One turn. late: from a frame to its reading, milliseconds. share: frames analysed of frames shown."""

    network: str
    cameras: int
    where: str
    frames_per_s: float
    share: float
    p50_ms: float
    p95_ms: float

    def cells(self) -> tuple[object, ...]:
        """For a table."""
        figures = (f"{self.frames_per_s:.0f}", f"{self.share:.0%}", f"{self.p50_ms:.0f}", f"{self.p95_ms:.0f}")
        return (self.network, self.cameras, self.where, *figures)


HEAD = ("network", "cameras", "regions measured on", "frames/s", "analysed of shown", "p50 ms", "p95 ms")


def engine_of(setting: Setting, network: str) -> TorchEngine:
    """Prepared for the cameras' size, as a worker's is when it starts."""
    return TorchEngine(
        model_of(setting, network),
        precision="bf16",
        batch_size=setting.worker_batch,
        shapes_px=[setting.sizes_px[0]],
        device=setting.device,
    )


def served(setting: Setting, engine: TorchEngine, network: str, cameras: int, where: str) -> Served:
    """where: device or processor."""
    site = site_of(setting, cameras)
    width, height = setting.sizes_px[0]
    lattice = Letterbox.fit(PICTURE_PX, (width, height)).lattice(PICTURE_PX)
    meter = RegionMeter.on_ground(REGION, lattice, CameraGround.fit(GROUND, PICTURE_PX))
    regions = DeviceRegions({key: {"all": meter} for key in site.cameras}, setting.device)

    def on_device(batch: Batch) -> None:
        regions.measure([item.frame.camera for item in batch.items], engine.on_device(batch.images))

    def on_processor(batch: Batch) -> None:
        for density in engine.infer(batch.images):
            meter.measure(density)

    slots = {key: Slot() for key in site.cameras}
    ages_ms, shown, took_s = run(setting, slots, site.cameras, on_device if where == "device" else on_processor)
    p50, p95 = (float(np.percentile(ages_ms, q)) if ages_ms else float("nan") for q in (50, 95))
    return Served(network, cameras, where, len(ages_ms) / took_s, len(ages_ms) / max(1, shown), p50, p95)


def site_of(setting: Setting, cameras: int) -> Site:
    """Cameras that all look alike."""
    camera = {
        "source": "rtsp://127.0.0.1/none",
        "analysis_rate_hz": setting.rate_hz,
        "engine_shape": setting.sizes_px[0],
        "picture_size_px": PICTURE_PX,
    }
    named = {f"camera-{number}": camera for number in range(cameras)}
    return Site.model_validate({"id": "bench", "cameras": named})


def run(
    setting: Setting, slots: Mapping[str, Slot], cameras: Mapping[str, Camera], analyse: Callable[[Batch], None]
) -> tuple[list[float], int, float]:
    """Ages of frames at their readings, how many frames were shown meanwhile, seconds."""
    stop = threading.Event()
    shown: list[float] = []
    crowd = threading.Thread(target=show, args=(setting, slots, stop, shown), daemon=True)
    feeder = Feeder(slots, cameras, setting.worker_batch)
    feeder.start()
    crowd.start()
    warm_at_s = time.monotonic() + min(WARM_UP_S, setting.worker_s)
    ages_ms: list[float] = []
    try:
        while time.monotonic() < warm_at_s + setting.worker_s:
            batch = feeder.next(timeout_s=0.1)
            if batch is None:
                continue
            analyse(batch)
            now_s = time.monotonic()
            if now_s > warm_at_s:
                ages_ms += [(now_s - item.frame.captured_monotonic_s) * 1000 for item in batch.items]
    finally:
        stop.set()
        crowd.join(2)
        feeder.stop()
    took_s = time.monotonic() - warm_at_s
    return ages_ms, sum(moment_s > warm_at_s for moment_s in shown), took_s


def show(setting: Setting, slots: Mapping[str, Slot], stop: threading.Event, shown: list[float]) -> None:
    """Every camera a picture at its rate, evenly one after the other."""
    picture, _ = render_training_frame(np.random.default_rng(3), (640, 480))
    pixels = np.ascontiguousarray(cv2.resize(np.asarray(picture), PICTURE_PX))
    gap_s = 1.0 / (setting.rate_hz * len(slots))
    due_s, sequence, keys = time.monotonic(), 0, list(slots)
    while not stop.is_set():
        camera = keys[sequence % len(keys)]
        slots[camera].put(Frame(camera, ArrayPicture(pixels), datetime.now(UTC), time.monotonic(), sequence))
        shown.append(time.monotonic())
        sequence, due_s = sequence + 1, due_s + gap_s
        stop.wait(max(0.0, due_s - time.monotonic()))
