"""A worker of its own process, on two cores whatever the machine has: how many frames it analyses.

    python -m bench.pinned '{"site": {...}, "precision": "auto", "seconds": 10}'

Prints one JSON line: frames analysed in that time, by camera.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

CORES = 2
WARM_UP_S = 4.0
LONGEST_BATCH_S = 60.0


def analysed(site: dict[str, Any], *, model: str = "compact", seconds: float) -> dict[str, float]:
    """Frames a second of each camera, by a worker that may use two cores and whose cameras are already connected."""
    told = json.dumps({"site": site, "model": model, "seconds": seconds})
    command = [sys.executable, "-m", "bench.pinned", told]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=seconds + 120).stdout
    rates: dict[str, float] = json.loads(said.splitlines()[-1])
    return rates


def main() -> None:
    """In the child: fewer cores first, for engines count them when they open."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    told = json.loads(sys.argv[1])
    print(json.dumps(_watch(told["site"], told["model"], told["seconds"])))


def _watch(site_as_written: dict[str, Any], model: str, seconds: float) -> dict[str, float]:
    from crushwatch.bus import MemoryBus, Outbox
    from crushwatch.models import find_model
    from crushwatch.site import Site
    from workers.infer.choose import open_engine
    from workers.metrics import WorkerMetrics
    from workers.worker import Worker

    site = Site.model_validate(site_as_written)
    shapes_px = [camera.engine_shape for camera in site.cameras.values()]
    engine = open_engine(
        "openvino",
        find_model(model),
        precision=site.worker.precision,
        shapes_px=shapes_px,
        batch_size=site.worker.batch_size,
        tune=True,
    )
    with tempfile.TemporaryDirectory() as folder:
        metrics, outbox = WorkerMetrics(), Outbox(Path(folder) / "outbox.db")
        worker = Worker(site, engine, model, MemoryBus(), outbox, name="bench", metrics=metrics)
        stop = threading.Event()
        thread = threading.Thread(target=worker.run, args=(stop,))
        thread.start()
        time.sleep(WARM_UP_S)
        before, started_s = _after_a_batch(metrics)
        time.sleep(seconds)
        after, ended_s = _after_a_batch(metrics)
        stop.set()
        thread.join()
        outbox.close()
    return {camera: (count - before.get(camera, 0.0)) / (ended_s - started_s) for camera, count in after.items()}


def _after_a_batch(metrics: Any) -> tuple[dict[str, float], float]:
    """What was analysed when the next batch is done, and when that is: a slow network's batches are seconds apart."""
    before, given_up_s = _by_camera(metrics), time.monotonic() + LONGEST_BATCH_S
    while time.monotonic() < given_up_s:
        now = _by_camera(metrics)
        if now != before:
            time.sleep(0.05)  # the rest of the batch is measured
            return _by_camera(metrics), time.monotonic()
        time.sleep(0.005)
    raise RuntimeError(f"the worker has analysed nothing in {LONGEST_BATCH_S:.0f} s; what it said stands above")


def _by_camera(metrics: Any) -> dict[str, float]:
    samples = (sample for metric in metrics.frames_analysed.collect() for sample in metric.samples)
    return {sample.labels["camera"]: sample.value for sample in samples if sample.name.endswith("_total")}


if __name__ == "__main__":
    main()
