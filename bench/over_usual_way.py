"""How many times the frames a second of the usual way?

The usual way, as the repositories of CSRNet have it: PyTorch in FP32, one frame at a time, decoded by OpenCV's
VideoCapture, to RGB, to size, to floats, normalised by ImageNet's mean. Ours: the worker, decoding included, with the
same network at the same shape in INT8. Both play the same 720p clip, on two cores; weights are random. Beside it the
worker with the compact network at the same shape, which is what runs by default.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2

from bench.cameras_720p import site
from bench.clip import write_clip
from bench.csrnet_files import SHAPE_PX, csrnet_int8, lacking
from bench.pinned import CORES, analysed

CAMERAS = 2
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def measure(*, quick: bool) -> dict[str, float | None]:
    """{"over_usual_way": same network, "over_usual_way_compact": the one that runs by default, and frames a second}."""
    missing = lacking("torch", "nncf")
    if missing:
        print(f"  {missing}")
        return {"over_usual_way": None}
    seconds = 10.0 if quick else 30.0
    with tempfile.TemporaryDirectory() as folder:
        clip = write_clip(Path(folder) / "clip.mp4")
        usual = usual_way(clip, seconds)
        same = sum(analysed(_site(clip, "fp32"), model=str(csrnet_int8().path), seconds=seconds).values())
        compact = sum(analysed(_site(clip, "auto"), seconds=seconds).values())
    return {
        "over_usual_way": round(same / usual, 2),
        "over_usual_way_compact": round(compact / usual, 1),
        "usual_way_frames_per_s": round(usual, 2),
        "csrnet_int8_frames_per_s": round(same, 2),
        "compact_frames_per_s": round(compact, 2),
    }


def _site(clip: Path, precision: str) -> dict[str, Any]:
    return site(clip, CAMERAS, precision, analysis_rate_hz=25, engine_shape=SHAPE_PX)


def usual_way(clip: Path, seconds: float) -> float:
    """Frames a second, by two threads."""
    import torch

    from crushwatch.density.networks.csrnet import CSRNet

    torch.set_num_threads(min(CORES, os.cpu_count() or 1))
    torch.manual_seed(0)
    network = CSRNet().eval()
    mean, deviation = (torch.tensor(values).view(3, 1, 1) for values in IMAGENET)
    capture, frames, started_s = cv2.VideoCapture(str(clip)), 0, time.monotonic()
    with torch.no_grad():
        while time.monotonic() - started_s < seconds:
            got, frame = capture.read()
            if not got:
                capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
                continue
            rgb = cv2.resize(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), SHAPE_PX)
            tensor = torch.from_numpy(rgb).permute(2, 0, 1).float() / 255
            float(network.density(((tensor - mean) / deviation)[None]).sum())
            frames += 1
    return frames / (time.monotonic() - started_s)
