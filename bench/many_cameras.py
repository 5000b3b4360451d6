"""Can two cores take one key frame a second from 64 cameras of 1080p25, for minutes, without growing or falling behind?

The cameras are RTSP streams over TCP of 4 Mbit/s with a key frame a second, all from one light server on the same two
cores. Each key frame is decoded and scaled to the engine's shape; the network is left out.

    python -m bench.many_cameras [SECONDS [CAMERAS [STALL_AFTER_S]]]      600, 64 and the site file's default

With a STALL_AFTER_S below `connect_timeout_s` (5) PyAV watches for silence, as once for every camera, not FFmpeg.
"""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
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
WINDOW_S = 60.0
"""Memory and lateness are told of each minute."""


def measure(*, quick: bool) -> dict[str, object]:
    """{"many_cameras", "many_cameras_s", "..._key_frames_per_s", ...}; see docs/benchmarks.md."""
    return watch(90 if quick else 600)


def watch(seconds: float, cameras: int = CAMERAS, **settings: object) -> dict[str, object]:
    """So long after all cameras are connected. settings: of each camera, besides those of this measurement."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        film = folder / "film.mp4"
        _in_own_process(write_film, film)  # the encoder's memory is not the capture's
        server = _server(film)
        opened.callback(server.kill)
        slots = [Slot() for _ in range(cameras)]
        captures = [_capture(number, slot, settings) for number, slot in enumerate(slots)]
        opened.callback(_stop_all, captures)
        _wait_until_connected(captures)
        return _figures(slots, captures, server, seconds)


def write_film(path: Path) -> None:
    """1080p25 with a key frame a second."""
    write_clip(path, size_px=(1920, 1080), gop_s=1, megabits_per_s=4)


def _in_own_process(work: Callable[[Path], None], path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=work, args=(path,))
    process.start()
    process.join()
    if process.exitcode != 0:
        raise RuntimeError("the film cannot be written")


def _server(film: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bench.film_server", str(film), str(PORT)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    if server.stdout is None or server.stdout.readline().strip() != "ready":
        raise RuntimeError(f"the film server does not start on port {PORT}")
    return server


def _capture(number: int, slot: Slot, settings: Mapping[str, object]) -> Capture:
    address = f"rtsp://127.0.0.1:{PORT}/camera-{number}"
    always = {"source": address, "analysis_rate_hz": 1, "key_frames_only": True}
    camera = Camera.model_validate({**settings, **always})
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


@dataclass(frozen=True)
class _Used:
    """Seconds of processor time so far: of this process, of the server, of the whole machine; and how often a core went
    from one of this process' threads to another thread."""

    ours_s: float
    server_s: float
    all_s: float
    switches: int

    @staticmethod
    def now(server: psutil.Process) -> _Used:
        busy = psutil.cpu_times()
        return _Used(_used_s(psutil.Process()), _used_s(server), busy.user + busy.nice + busy.system, _switches())


def _figures(
    slots: list[Slot], captures: list[Capture], server: subprocess.Popen[str], seconds: float
) -> dict[str, object]:
    served = psutil.Process(server.pid)
    behind_s: dict[str, list[tuple[float, float]]] = defaultdict(list)
    memory_mb: list[tuple[float, float]] = []
    began_s, before, captured = time.monotonic(), _Used.now(served), [-_captured(capture) for capture in captures]
    left_out_before = _left_out(captures)
    while (now_s := time.monotonic() - began_s) < seconds:
        for frame in [frame for slot in slots if (frame := slot.take()) is not None]:
            _scale(frame)
            behind_s[frame.camera].append((now_s, frame.captured_monotonic_s - (frame.picture.time_s or 0.0)))
        if not memory_mb or now_s - memory_mb[-1][0] >= 1:
            memory_mb.append((now_s, psutil.Process().memory_info().rss / 1e6))
        time.sleep(0.02)
    took_s, after = time.monotonic() - began_s, _Used.now(served)
    ours_s, server_s = after.ours_s - before.ours_s, after.server_s - before.server_s
    captured_hz = [(count + _captured(capture)) / took_s for count, capture in zip(captured, captures, strict=True)]
    rates = [len(moments) / took_s for moments in behind_s.values()]
    late_ms = [pair for moments in behind_s.values() for pair in _late_ms(moments)]
    return {
        "many_cameras": len(rates),
        "many_cameras_s": round(took_s),
        "many_cameras_slowest_captured_hz": round(min(captured_hz), 2),
        "many_cameras_slowest_scaled_hz": round(min(rates), 2),
        "many_cameras_key_frames_scaled": len(late_ms),
        "many_cameras_key_frames_left_out": _left_out(captures) - left_out_before,
        "many_cameras_capture_cores": round(ours_s / took_s, 2),
        "many_cameras_server_cores": round(server_s / took_s, 2),
        "many_cameras_other_cores": round((after.all_s - before.all_s - ours_s - server_s) / took_s, 2),
        "many_cameras_switches_per_s": round((after.switches - before.switches) / took_s),
        "many_cameras_memory_mb": _by_minute(memory_mb, 50),
        "many_cameras_memory_mb_most": round(max(mb for _, mb in memory_mb)),
        "many_cameras_late_ms_p50": _by_minute(late_ms, 50),
        "many_cameras_late_ms_p95": _by_minute(late_ms, 95),
        "many_cameras_reconnects": sum(capture.status().reconnects for capture in captures),
    }


def _captured(capture: Capture) -> int:
    return capture.status().frames_decoded


def _left_out(captures: list[Capture]) -> int:
    return sum(capture.status().frames_left_out for capture in captures)


def _by_minute(values: list[tuple[float, float]], percentile: float) -> list[int]:
    """That percentile of each minute's values; of (moment, value)."""
    minutes: dict[int, list[float]] = defaultdict(list)
    for at_s, value in values:
        minutes[int(at_s / WINDOW_S)].append(value)
    return [round(float(np.percentile(minutes[minute], percentile))) for minute in sorted(minutes)]


def _scale(frame: Frame) -> None:
    picture = frame.picture
    Letterbox.fit((picture.width_px, picture.height_px), SHAPE_PX).image(picture)


def _late_ms(moments: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """How much later than in the camera's best moment its key frames were captured, each with its moment."""
    best_s = min(behind_s for _, behind_s in moments)
    return [(at_s, (behind_s - best_s) * 1000) for at_s, behind_s in moments]


def _used_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _switches() -> int:
    """Linux counts them for each thread."""
    lines = [line for status in Path("/proc/self/task").glob("*/status") for line in status.read_text().splitlines()]
    return sum(int(line.partition(":")[2]) for line in lines if "ctxt_switches" in line)


def _stop_all(captures: list[Capture]) -> None:
    stopping = [threading.Thread(target=capture.stop) for capture in captures]
    for thread in stopping:
        thread.start()
    for thread in stopping:
        thread.join()


if __name__ == "__main__":
    asked = [float(word) for word in sys.argv[1:]]
    settings = {"stall_after_s": asked[2]} if asked[2:] else {}
    print(json.dumps(watch(asked[0] if asked else 600, int(asked[1]) if asked[1:] else CAMERAS, **settings)))
