"""A worker with cameras of 720p25 for some seconds, to be looked at by a profiler, and what its threads cost.

    py-spy record --threads --rate 200 --format raw -o runs/worker.folded -- python -m bench.worker_at_work 8 60
    python -m bench.flame runs/worker.folded docs/pictures/worker-flame.svg "Worker, 8 cameras of 720p25"

Prints processor time by thread as a share of one core.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import psutil

from bench.clip import write_clip
from bench.worker_over_engine import analysed, site_of
from crushwatch.bus import MemoryBus, Outbox
from crushwatch.models import find_model
from workers.infer.choose import open_engine
from workers.metrics import WorkerMetrics
from workers.worker import Worker


def watch(cameras: int, seconds: float, *, analysis_rate_hz: float = 2.0) -> None:
    """Run it and print."""
    with tempfile.TemporaryDirectory() as folder:
        site = site_of(write_clip(Path(folder) / "clip.mp4"), cameras, analysis_rate_hz=analysis_rate_hz)
        engine = open_engine(site.worker.engine, find_model("compact"))
        metrics, outbox, stop = WorkerMetrics(), Outbox(Path(folder) / "outbox.db"), threading.Event()
        worker = Worker(site, engine, "compact", MemoryBus(), outbox, name="bench", metrics=metrics)
        thread = threading.Thread(target=worker.run, args=(stop,), name="pipeline")
        thread.start()
        time.sleep(4)
        before, frames, began_s = _used_s(), analysed(metrics), time.monotonic()
        time.sleep(seconds)
        after, took_s = _used_s(), time.monotonic() - began_s
        print(f"{(analysed(metrics) - frames) / took_s:.2f} frames a second")
        for name, used_s in (after - before).most_common():
            print(f"{name:16} {used_s / took_s:7.3f}")
        stop.set()
        thread.join()


def _used_s() -> Counter[str]:
    """Processor time so far by kind of thread; those that Python has not started are the engine's."""
    names = {thread.native_id: thread.name.split("-")[0] for thread in threading.enumerate()}
    used: Counter[str] = Counter()
    for thread in psutil.Process().threads():
        used[names.get(thread.id, "engine")] += thread.user_time + thread.system_time
    return used


if __name__ == "__main__":
    watch(int(sys.argv[1]), float(sys.argv[2]), **({"analysis_rate_hz": float(sys.argv[3])} if sys.argv[3:] else {}))
