"""How much faster is INT8 than the fastest floating point of this processor, network for network, by turns?

CSRNet at 512x384. Against bfloat16 where the processor has AMX, else against FP32.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from bench.csrnet_files import SHAPE_PX, csrnet, csrnet_int8, fastest_float, lacking
from crushwatch.errors import EngineError
from crushwatch.models import ModelFile, find_int8, find_model
from workers.infer.cache import EngineCache
from workers.infer.openvino import OpenVinoEngine
from workers.infer.plan import Plan, usable_cores

COMPACT_SHAPE_PX = (1024, 576)
ROUNDS = 5


def measure(*, quick: bool) -> dict[str, float | str | None]:
    """{"int8_over_float", "int8_over_float_compact"}: medians of ratios, and which arithmetic float means here."""
    rounds = 3 if quick else ROUNDS
    missing = lacking("torch", "nncf")
    if missing:
        print(f"  {missing}")
    return {
        "int8_over_float": None if missing else _ratio((csrnet(), csrnet_int8()), SHAPE_PX, rounds),
        "int8_over_float_compact": _compact(rounds),
        "int8_over_float_means": fastest_float(),
    }


def _compact(rounds: int) -> float | None:
    compact = find_model("compact")
    try:
        return _ratio((compact, find_int8(compact)), COMPACT_SHAPE_PX, rounds)
    except EngineError as error:
        print(f"  compact not measured: {error}")
        return None


def _ratio(files: tuple[ModelFile, ModelFile], shape_px: tuple[int, int], rounds: int) -> float:
    """Pictures a second of the second over those of the first, each on as many streams as there are cores."""
    width, height = shape_px
    cores = usable_cores()
    images = np.random.default_rng(0).integers(0, 255, (cores, height, width, 3), dtype=np.uint8)
    precisions = (fastest_float(), "auto" if files[1].is_int8 else "fp32")  # a file without a card says no precision
    with tempfile.TemporaryDirectory() as folder:
        cache = EngineCache(Path(folder))
        engines = [
            OpenVinoEngine(file, precision=precision, plan=Plan(cores, 0, 1), cache=cache)
            for file, precision in zip(files, precisions, strict=True)
        ]
        for engine in engines:
            engine.infer(images)
        ratios = []
        for _ in range(rounds):
            in_float_s, in_int8_s = (_took_s(engine, images) for engine in engines)
            ratios.append(in_float_s / in_int8_s)
    return round(statistics.median(ratios), 2)


def _took_s(engine: OpenVinoEngine, images: np.ndarray) -> float:
    started_s = time.monotonic()
    for _ in range(2):
        engine.infer(images)
    return time.monotonic() - started_s
