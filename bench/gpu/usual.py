"""The usual way: torch in FP32 (convolutions in TF32, torch's default), eager, one picture at a time, an OpenCV
VideoCapture a camera.
"""

from __future__ import annotations

import time

import cv2
import torch

from bench.clip import write_clip
from bench.gpu.clock import wait
from bench.gpu.networks import model_of, network_of
from bench.gpu.setting import Setting

CAMERAS = 4


def frames_per_s(setting: Setting, network: str) -> float:
    """Over a few cameras in turn, decode, resize, upload, network and sum in one thread, as such scripts have it."""
    clip = write_clip(setting.folder / "clip.mp4", seconds=2.0) if not setting.tiny else tiny_clip(setting)
    torch.backends.cudnn.benchmark, torch.backends.cudnn.allow_tf32 = False, True  # torch's own defaults
    counter = network_of(setting, model_of(setting, network))
    captures = [cv2.VideoCapture(str(clip)) for _ in range(CAMERAS)]
    frames, began = 0, 0.0
    ends_s = time.monotonic() + setting.worker_s
    while time.monotonic() < ends_s:
        for capture in captures:
            there, picture = capture.read()
            if not there:
                capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
                continue
            rgb = cv2.cvtColor(cv2.resize(picture, setting.sizes_px[0]), cv2.COLOR_BGR2RGB)
            with torch.no_grad():
                counter(torch.from_numpy(rgb[None]).to(setting.device)).sum().item()
            frames += 1
            if frames == CAMERAS:  # the first round is for warming up
                wait(setting.device)
                began = time.monotonic()
    return (frames - CAMERAS) / max(time.monotonic() - began, 1e-9)


def tiny_clip(setting: Setting) -> object:
    """A second of a small picture."""
    return write_clip(setting.folder / "clip.mp4", seconds=1.0, rate_hz=5, size_px=(160, 96))
