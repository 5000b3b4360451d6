"""Full CSRNet to measure speed with, which its weights do not change: they are drawn at random, and ranges for INT8
come from frames of our own simulator, so that nobody needs a weight file or a recording."""

from __future__ import annotations

import functools
import importlib.util
import tempfile
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from bench.machine import cpu_flags
from crushwatch.models import ModelFile, find_model
from crushwatch.simulate import open_scenario

SHAPE_PX = (512, 384)
"""(width, height) at which CSRNet is measured."""
CALIBRATED_ON = 4
_FOLDER = tempfile.TemporaryDirectory(prefix="crushwatch-bench-")


def lacking(*packages: str) -> str | None:
    """What is to be installed before this can be measured; None where all is there."""
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    return f"not measured, for want of {', '.join(missing)}: pip install -e '.[train,quantize]'" if missing else None


def fastest_float() -> str:
    """The arithmetic that INT8 is compared with: bfloat16 where the processor has matrices of it (AMX), else FP32."""
    return "bf16" if "amx_bf16" in cpu_flags() else "fp32"


@functools.cache
def csrnet() -> ModelFile:
    """As every network is exported."""
    import torch

    from crushwatch.density.export import export_onnx
    from crushwatch.density.networks import build

    torch.manual_seed(0)
    path = Path(_FOLDER.name) / "csrnet.onnx"
    export_onnx(build("csrnet"), path, "csrnet")
    return find_model(str(path))


@functools.cache
def csrnet_int8() -> ModelFile:
    """As `crushwatch quantize` makes it first, all in INT8. Engines take its few other nodes as FP32."""
    from workers.infer.no_telemetry import ov
    from workers.quantize.recipes import load_nncf, with_constants_folded

    nncf, frames = load_nncf(), [frame[None] for frame in _simulated_frames()]
    network = nncf.quantize(with_constants_folded(csrnet()), nncf.Dataset(frames), subset_size=len(frames))
    path = Path(_FOLDER.name) / "csrnet.int8.xml"
    ov.save_model(network, str(path), compress_to_fp16=False)
    return find_model(str(path))


def _simulated_frames() -> list[npt.NDArray[np.uint8]]:
    """(384, 512, 3) RGB each, of a calm crowd."""
    source = open_scenario("calm")
    images = (source.frame(60.0 + number).image for number in range(CALIBRATED_ON))
    return [np.asarray(cv2.resize(image, SHAPE_PX, interpolation=cv2.INTER_AREA), dtype=np.uint8) for image in images]
