"""How old is a figure when it reaches a browser, and how much memory do worker and service take?

Four 720p cameras at two analysed frames a second, everything as it is deployed: Redis, worker and service as processes
of their own, a WebSocket client in the browser's place.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
import websockets
import yaml

from bench.clip import write_clip
from crushwatch.embedded_redis import EmbeddedRedis
from crushwatch.processes import Child, ChildGroup

CAMERAS = 4
PORT = 8461


def measure(*, quick: bool) -> dict[str, float | None]:
    """{"latency_ms_p50", "latency_ms_p95", "inference_ms_p95", "worker_memory_mb", "service_memory_mb"}."""
    listen_s = 25.0 if quick else 120.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site_file = _write_site(folder, write_clip(folder / "clip.mp4"))
        redis = EmbeddedRedis(folder).start()
        worker, service = Child("worker", ["worker", str(site_file)]), Child("service", ["service", str(site_file)])
        group = ChildGroup([service, worker])
        group.start()
        try:
            ages_ms = asyncio.run(_listen(listen_s))
            system = httpx.get(f"http://127.0.0.1:{PORT}/api/v1/system").json()
            return {
                "latency_ms_p50": round(float(np.percentile(ages_ms, 50)), 1),
                "latency_ms_p95": round(float(np.percentile(ages_ms, 95)), 1),
                "inference_ms_p95": system["workers"][0]["infer_ms_p95"],
                "worker_memory_mb": _memory_mb(worker),
                "service_memory_mb": _memory_mb(service),
            }
        finally:
            group.stop()
            redis.stop()


def _write_site(folder: Path, clip: Path) -> Path:
    region = {"polygon_px": [[0, 0], [1280, 0], [1280, 720], [0, 720]], "area_m2": 400}
    camera = {"source": str(clip), "analysis_rate_hz": 2, "picture_size_px": [1280, 720], "regions": {"all": region}}
    site = {
        "id": "bench",
        "cameras": {f"camera-{number}": camera for number in range(CAMERAS)},
        "bus": {"url": f"unix://{folder / 'redis.sock'}"},
        "worker": {"state_dir": str(folder / "state")},
        "service": {"port": PORT, "database": f"sqlite:///{folder / 'bench.db'}"},
    }
    path = folder / "site.yaml"
    path.write_text(yaml.safe_dump(site), encoding="utf-8")
    return path


async def _listen(listen_s: float) -> list[float]:
    """Ages of readings when they arrive, in milliseconds, after a warm-up of five seconds."""
    ages_ms: list[float] = []
    async with await _connect() as live:
        warm_at = time.monotonic() + 5
        while time.monotonic() < warm_at + listen_s:
            message = json.loads(await asyncio.wait_for(live.recv(), 15))
            if message["type"] == "readings" and time.monotonic() > warm_at:
                ages_ms += _ages_ms(message["readings"])
    return ages_ms


async def _connect() -> Any:
    deadline = time.monotonic() + 30
    while True:
        try:
            return await websockets.connect(f"ws://127.0.0.1:{PORT}/api/v1/live", max_size=2**24)
        except OSError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.2)


def _ages_ms(readings: list[dict[str, Any]]) -> list[float]:
    now = datetime.now(UTC)
    captured = [reading["reading"]["captured_at"] for reading in readings if reading["reading"]]
    return [(now - datetime.fromisoformat(moment)).total_seconds() * 1000 for moment in captured]


def _memory_mb(child: Child) -> float:
    if child.process is None:
        raise RuntimeError(f"{child.name} does not run")
    return round(psutil.Process(child.process.pid).memory_info().rss / 1e6, 1)
