"""A worker with cameras of 720p25 for some seconds, to be looked at by a profiler, and what its threads cost.

    py-spy record --threads --rate 250 --format raw -o runs/worker.folded -- \
        python -m bench.worker_at_work 8 20 --network int8 | tee runs/worker.txt
    python -m bench.flame runs/worker.folded runs/worker.txt docs/pictures/worker-flame.svg "Worker, 8 cameras"

Without --network the network is a pause. Prints the processor time of each kind of thread, as a share of one core and
in milliseconds for each analysed frame; the network computes in "infer" and, on threads of its own, in "other".
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import numpy as np
import numpy.typing as npt
import psutil

from bench.clip import write_clip
from bench.worker_over_engine import analysed, site_of
from crushwatch.bus import MemoryBus, Outbox
from crushwatch.models import find_model
from crushwatch.site import Site
from workers.infer.choose import open_engine
from workers.infer.engine import CELL_PX, Density, Engine
from workers.metrics import WorkerMetrics
from workers.worker import Worker


class Pause:
    """In the network's place: so long for each picture, and nobody in it."""

    name, precision, device = "pause", "fp32", "none"
    PICTURE_S = 0.05

    def infer(self, images: npt.NDArray[np.uint8]) -> Density:
        """Wait."""
        time.sleep(self.PICTURE_S * len(images))
        return np.zeros((len(images), images.shape[1] // CELL_PX, images.shape[2] // CELL_PX), np.float32)

    def close(self) -> None:
        """Nothing to give back."""


def watch(cameras: int, seconds: float, *, analysis_rate_hz: float, precision: str | None) -> None:
    """Run it and print. precision: of the network; None for a pause in its place."""
    with tempfile.TemporaryDirectory() as folder:
        site = site_of(write_clip(Path(folder) / "clip.mp4"), cameras, analysis_rate_hz=analysis_rate_hz)
        metrics, outbox, stop = WorkerMetrics(), Outbox(Path(folder) / "outbox.db"), threading.Event()
        engine = Pause() if precision is None else _network(site, precision)
        worker = Worker(site, engine, "compact", MemoryBus(), outbox, name="bench", metrics=metrics)
        thread = threading.Thread(target=worker.run, args=(stop,), name="pipeline")
        thread.start()
        time.sleep(4)
        before, frames, began_s = _used_s(), -analysed(metrics), time.monotonic()
        time.sleep(seconds)
        after, took_s = _used_s(), time.monotonic() - began_s
        frames += analysed(metrics)
        print(f"{frames / took_s:.2f} frames a second")
        for name, used_s in (after - before).most_common():
            print(f"{name:16} {used_s / took_s:7.3f} {used_s * 1000 / frames:7.2f} ms")
        stop.set()
        thread.join()


def _network(site: Site, precision: str) -> Engine:
    shapes_px = [camera.engine_shape for camera in site.cameras.values()]
    model, size = find_model("compact"), site.worker.batch_size
    return open_engine("openvino", model, precision=precision, shapes_px=shapes_px, batch_size=size, tune=True)


def _used_s() -> Counter[str]:
    """Processor time so far by kind of thread; "other" are those that libraries have started."""
    names = {thread.native_id: thread.name.split("-")[0] for thread in threading.enumerate()}
    used: Counter[str] = Counter()
    for thread in psutil.Process().threads():
        used[names.get(thread.id, "other")] += thread.user_time + thread.system_time
    return used


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.worker_at_work", description=__doc__)
    parser.add_argument("cameras", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--rate", type=float, default=2.0, help="analysed frames a second of each camera")
    parser.add_argument("--network", metavar="PRECISION", help="int8, auto, ...: compact is run; without, a pause")
    options = parser.parse_args()
    watch(options.cameras, options.seconds, analysis_rate_hz=options.rate, precision=options.network)
