"""What does a source frame cost before the network: 1080p25 H.264 over RTSP, key frames only and all frames decoded?

One film of 4 Mbit/s with a key frame every two seconds, as cameras are set, from a real GStreamer server over TCP. The
processor time is that of a process that holds the product's capture of one camera and nothing else; the server's is not
in it.

    python -m bench.capture_cost rtsp://... keys 10      one measurement, as JSON
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.clip import write_clip
from bench.rtsp import missing, serving
from crushwatch.site import Camera
from workers.capture.choose import open_source
from workers.capture.slot import Slot
from workers.capture.supervise import Capture
from workers.capture.tally import Tally

PORT = 8466
ENGINE_SHAPE_PX = (1024, 576)
KEYS = ("keyframe_ms_per_source_frame", "full_decode_ms_per_source_frame", "scale_ms_per_analysed_frame")


def measure(*, quick: bool) -> dict[str, float | None]:
    """{"keyframe_ms_per_source_frame", "full_decode_ms_per_source_frame", "scale_ms_per_analysed_frame"}."""
    reason = missing()
    if reason is not None:
        print(f"capture_cost not measured: {reason}", file=sys.stderr)
        return dict.fromkeys(KEYS)
    seconds = 10 if quick else 30
    with tempfile.TemporaryDirectory() as folder:
        film = write_clip(Path(folder) / "film.mp4", size_px=(1920, 1080), gop_s=2, megabits_per_s=4)
        with serving(film, PORT) as url:
            keys, full = (_in_own_process(url, mode, seconds) for mode in ("keys", "full"))
    return dict(zip(KEYS, (keys["ms_per_source_frame"], full["ms_per_source_frame"], full["scale_ms"]), strict=True))


def _in_own_process(url: str, mode: str, seconds: float) -> dict[str, float]:
    command = [sys.executable, "-m", __name__, url, mode, str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def watch(url: str, mode: str, seconds: float) -> dict[str, float]:
    """Processor time of this process for each frame that the camera sent, in milliseconds; then of scaling one."""
    only_keys = mode == "keys"
    camera = Camera.model_validate(
        {"source": url, "analysis_rate_hz": 1 if only_keys else 25, "key_frames_only": only_keys}
    )
    slot, tally = Slot(), Tally()
    capture = Capture("bench", lambda _: open_source("bench", camera, tally), slot)
    capture.start()
    while capture.status().frames_decoded < 2:
        time.sleep(0.1)
    frames, used_s = -tally.source_frames, -time.process_time()
    time.sleep(seconds)
    frames, used_s = frames + tally.source_frames, used_s + time.process_time()
    capture.stop()
    return {"ms_per_source_frame": round(used_s * 1000 / frames, 3), "scale_ms": _scale_ms(slot)}


def _scale_ms(slot: Slot) -> float:
    frame = slot.newest()
    if frame is None:
        raise RuntimeError("the camera gave no picture")
    rounds, began_s = 50, time.process_time()
    for _ in range(rounds):
        frame.picture.rgb(*ENGINE_SHAPE_PX)
    return round((time.process_time() - began_s) * 1000 / rounds, 2)


if __name__ == "__main__":
    print(json.dumps(watch(sys.argv[1], sys.argv[2], float(sys.argv[3]))))
