"""How much of the bare engine's throughput is left once frames are decoded, scaled, measured, judged and published?

Four 720p25 cameras that always have a newer frame, every frame of which is decoded on the same cores, against the same
engine as the worker opens it, fed with full batches of the same shape from memory; by turns.
"""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from bench.clip import write_clip
from crushwatch.bus import MemoryBus, Outbox
from crushwatch.models import find_model
from crushwatch.site import Site
from workers.infer.choose import open_engine
from workers.infer.engine import Engine
from workers.metrics import WorkerMetrics
from workers.worker import Worker

CAMERAS = 4


def measure(*, quick: bool) -> dict[str, float]:
    """{"engine_frames_per_s", "worker_frames_per_s", "worker_over_engine"}: medians over the rounds."""
    turn_s, rounds = (8.0, 2) if quick else (20.0, 3)
    with tempfile.TemporaryDirectory() as folder:
        clip = write_clip(Path(folder) / "clip.mp4")
        site = site_of(clip, CAMERAS, analysis_rate_hz=30)
        engine = open_engine(
            site.worker.engine,
            find_model("compact"),
            shapes_px=[site.cameras["camera-0"].engine_shape],
            batch_size=site.worker.batch_size,
            tune=True,
        )
        engine_rates, worker_rates = [], []
        for number in range(rounds):
            engine_rates.append(_engine_rate(engine, site, turn_s))
            worker_rates.append(_worker_rate(engine, site, Path(folder) / f"state-{number}", turn_s))
        engine.close()
    ratios = [worker / bare for worker, bare in zip(worker_rates, engine_rates, strict=True)]
    return {
        "engine_frames_per_s": round(float(np.median(engine_rates)), 2),
        "worker_frames_per_s": round(float(np.median(worker_rates)), 2),
        "worker_over_engine": round(float(np.median(ratios)), 3),
    }


def site_of(clip: Path, cameras: int, *, analysis_rate_hz: float, key_frames_only: bool = False) -> Site:
    """Cameras that all play `clip`, each with one region over the whole picture."""
    region = {"polygon_px": [[0, 0], [1280, 0], [1280, 720], [0, 720]], "area_m2": 400}
    camera = {
        "source": str(clip),
        "analysis_rate_hz": analysis_rate_hz,
        "key_frames_only": key_frames_only,
        "picture_size_px": [1280, 720],
        "regions": {"all": region},
    }
    return Site.model_validate({"id": "bench", "cameras": {f"camera-{n}": camera for n in range(cameras)}})


def _engine_rate(engine: Engine, site: Site, turn_s: float) -> float:
    width, height = site.cameras["camera-0"].engine_shape
    shape = (site.worker.batch_size, height, width, 3)
    images = np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)
    engine.infer(images)
    frames, started = 0, time.monotonic()
    while time.monotonic() - started < turn_s:
        engine.infer(images)
        frames += len(images)
    return frames / (time.monotonic() - started)


def _worker_rate(engine: Engine, site: Site, state: Path, turn_s: float) -> float:
    metrics, outbox = WorkerMetrics(), Outbox(state / "outbox.db")
    worker = Worker(site, engine, "compact", MemoryBus(), outbox, name="bench", metrics=metrics)
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    time.sleep(3)  # connected and warm
    before, started = analysed(metrics), time.monotonic()
    time.sleep(turn_s)
    rate = (analysed(metrics) - before) / (time.monotonic() - started)
    stop.set()
    thread.join()
    outbox.close()
    return rate


def analysed(metrics: WorkerMetrics) -> float:
    """Frames through the network so far."""
    samples = (sample for metric in metrics.frames_analysed.collect() for sample in metric.samples)
    return sum(sample.value for sample in samples if sample.name.endswith("_total"))
