"""How many 720p25 H.264 cameras can two cores watch at two analysed frames a second each, decoding included?

The shipped compact network at 1024x576, the worker as it is, every frame decoded. Cameras are added while each of them
gets 95 % of its rate.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from bench.clip import write_clip
from bench.pinned import analysed
from crushwatch.errors import EngineError
from crushwatch.models import find_int8, find_model

RATE_HZ = 2.0
ENOUGH = 0.95
FIRST, MOST = 8, 64


def measure(*, quick: bool) -> dict[str, int | None]:
    """{"cameras_720p_at_2fps": in INT8 where the model has it, else as auto, "cameras_720p_at_2fps_auto"}."""
    seconds = 10.0 if quick else 30.0
    with tempfile.TemporaryDirectory() as folder:
        clip = write_clip(Path(folder) / "clip.mp4")
        plainly = most_cameras(lambda cameras: _all_served(clip, cameras, "auto", seconds))
        in_int8 = most_cameras(lambda cameras: _all_served(clip, cameras, "int8", seconds)) if _has_int8() else None
    return {"cameras_720p_at_2fps": in_int8 or plainly, "cameras_720p_at_2fps_auto": plainly}


def most_cameras(are_served: Any) -> int:
    """The most cameras that are served: from eight up or down by two.

    >>> most_cameras(lambda cameras: cameras <= 11), most_cameras(lambda cameras: cameras <= 5)
    (10, 4)
    """
    cameras = FIRST
    if are_served(cameras):
        while cameras < MOST and are_served(cameras + 2):
            cameras += 2
        return cameras
    while cameras > 0 and not are_served(cameras):
        cameras -= 2
    return cameras


def _has_int8() -> bool:
    try:
        find_int8(find_model("compact"))
    except EngineError as error:
        print(f"  not in INT8: {error}")
        return False
    return True


def _all_served(clip: Path, cameras: int, precision: str, seconds: float) -> bool:
    rates_hz = analysed(site(clip, cameras, precision), seconds=seconds)
    slowest_hz = min(rates_hz.values()) if len(rates_hz) == cameras else 0.0
    print(f"  {cameras} cameras, {precision}: the slowest gets {slowest_hz:.2f} Hz", flush=True)
    return slowest_hz >= ENOUGH * RATE_HZ


def site(clip: Path, cameras: int, precision: str, **camera: Any) -> dict[str, Any]:
    """As a site file has it: so many cameras that play the clip."""
    region = {"polygon_px": [[0, 0], [1280, 0], [1280, 720], [0, 720]], "area_m2": 400}
    written = {
        "source": str(clip),
        "analysis_rate_hz": RATE_HZ,
        "picture_size_px": [1280, 720],
        "regions": {"all": region},
    }
    return {
        "id": "bench",
        "cameras": {f"camera-{number}": written | camera for number in range(cameras)},
        "worker": {"precision": precision},
    }
