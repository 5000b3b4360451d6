"""Can two cores take one key frame a second from 64 cameras of 1080p25, for minutes, without growing or falling behind?

The cameras are RTSP streams over TCP of 4 Mbit/s with a key frame a second, all from one light server on the same two
cores. Each key frame is decoded and scaled to the engine's shape; the network is left out.

    python -m bench.many_cameras [SECONDS]      600 by default
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import psutil

from bench.clip import write_clip
from crushwatch.site import Camera
from workers.batch.letterbox import Letterbox
from workers.capture.slot import Slot
from workers.capture.source import Frame
from workers.capture.supervise import Capture, CaptureState, capture_camera

CAMERAS = 64
PORT = 8470
SHAPE_PX = (1024, 576)
WINDOW_S = 30.0
"""Memory and lateness of the first and of the last half minute are compared."""


def measure(*, quick: bool) -> dict[str, float]:
    """{"many_cameras", "many_cameras_s", "..._key_frames_per_s", ...}; see docs/benchmarks.md."""
    return watch(90 if quick else 600)


def watch(seconds: float) -> dict[str, float]:
    """So long after all cameras are connected."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        film = write_clip(folder / "film.mp4", size_px=(1920, 1080), gop_s=1, megabits_per_s=4)
        server = _server(film)
        opened.callback(server.kill)
        slots = [Slot() for _ in range(CAMERAS)]
        captures = [_capture(number, slot) for number, slot in enumerate(slots)]
        opened.callback(_stop_all, captures)
        _wait_until_connected(captures)
        return _figures(slots, captures, server, seconds)


def _server(film: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bench.film_server", str(film), str(PORT)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    if server.stdout is None or server.stdout.readline().strip() != "ready":
        raise RuntimeError(f"the film server does not start on port {PORT}")
    return server


def _capture(number: int, slot: Slot) -> Capture:
    address = f"rtsp://127.0.0.1:{PORT}/camera-{number}"
    camera = Camera.model_validate({"source": address, "analysis_rate_hz": 1, "key_frames_only": True})
    capture = capture_camera(f"camera-{number}", camera, slot)
    capture.start()
    time.sleep(0.1)  # their key frames are spread over the second, as those of real cameras are
    return capture


def _wait_until_connected(captures: list[Capture], within_s: float = 120.0) -> None:
    deadline_s = time.monotonic() + within_s
    while not all(capture.status().state is CaptureState.CONNECTED for capture in captures):
        if time.monotonic() > deadline_s:
            raise RuntimeError("not all cameras are connected in time")
        time.sleep(0.2)


def _figures(
    slots: list[Slot], captures: list[Capture], server: subprocess.Popen[str], seconds: float
) -> dict[str, float]:
    process, served = psutil.Process(), psutil.Process(server.pid)
    behind_s: dict[str, list[tuple[float, float]]] = defaultdict(list)
    memory_mb: list[tuple[float, float]] = []
    began_s, used_s, server_used_s = time.monotonic(), _used_s(process), _used_s(served)
    while (now_s := time.monotonic() - began_s) < seconds:
        for frame in [frame for slot in slots if (frame := slot.take()) is not None]:
            _scale(frame)
            behind_s[frame.camera].append((now_s, frame.captured_monotonic_s - (frame.picture.time_s or 0.0)))
        if not memory_mb or now_s - memory_mb[-1][0] >= 1:
            memory_mb.append((now_s, process.memory_info().rss / 1e6))
        time.sleep(0.02)
    took_s = time.monotonic() - began_s
    rates = [len(moments) / took_s for moments in behind_s.values()]
    late = [_late_ms(moments, seconds) for moments in behind_s.values()]
    first, last = (np.concatenate([pair[index] for pair in late]) for index in (0, 1))
    return {
        "many_cameras": len(rates),
        "many_cameras_s": round(took_s),
        "many_cameras_slowest_key_frames_per_s": round(min(rates), 2),
        "many_cameras_capture_cores": round((_used_s(process) - used_s) / took_s, 2),
        "many_cameras_server_cores": round((_used_s(served) - server_used_s) / took_s, 2),
        "many_cameras_memory_mb_first": round(float(np.median([mb for at, mb in memory_mb if at < WINDOW_S]))),
        "many_cameras_memory_mb_last": round(float(np.median([mb for at, mb in memory_mb if at > took_s - WINDOW_S]))),
        "many_cameras_memory_mb_most": round(max(mb for _, mb in memory_mb)),
        "many_cameras_late_ms_p50_first": round(float(np.percentile(first, 50))),
        "many_cameras_late_ms_p50_last": round(float(np.percentile(last, 50))),
        "many_cameras_late_ms_p95_first": round(float(np.percentile(first, 95))),
        "many_cameras_late_ms_p95_last": round(float(np.percentile(last, 95))),
        "many_cameras_reconnects": sum(capture.status().reconnects for capture in captures),
    }


def _scale(frame: Frame) -> None:
    picture = frame.picture
    Letterbox.fit((picture.width_px, picture.height_px), SHAPE_PX).image(picture)


def _late_ms(moments: list[tuple[float, float]], seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """How much later than in the camera's best moment its key frames were captured: at the beginning, at the end."""
    at_s, behind_s = np.array(moments).T
    late_ms = (behind_s - behind_s.min()) * 1000
    return late_ms[at_s < WINDOW_S], late_ms[at_s > seconds - WINDOW_S]


def _used_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _stop_all(captures: list[Capture]) -> None:
    stopping = [threading.Thread(target=capture.stop) for capture in captures]
    for thread in stopping:
        thread.start()
    for thread in stopping:
        thread.join()


if __name__ == "__main__":
    print(json.dumps(watch(float(sys.argv[1]) if sys.argv[1:] else 600)))
