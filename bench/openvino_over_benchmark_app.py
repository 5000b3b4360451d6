"""How much of the throughput that OpenVINO's own benchmark_app reaches is left from decoded frame to region readings?

CSRNet at 512x384 in the fastest floating point of this processor; frames of 720p in the codec's colours, as a camera's
decoder gives them, scaled, batched, counted, measured and made into readings as the worker does, by turns with
benchmark_app on the same model in the same precision.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import av

from bench.clip import write_clip
from bench.csrnet_files import SHAPE_PX, csrnet, fastest_float, lacking
from crushwatch.models import ModelFile
from crushwatch.site import Site
from workers.batch.feeder import Feeder
from workers.capture.picture import AvPicture
from workers.capture.slot import Slot
from workers.capture.source import Frame
from workers.infer.choose import open_engine
from workers.infer.engine import Engine
from workers.measure import CameraMeter, RegionFigures
from workers.reading import region_reading

CAMERAS = 4
APP = "import sys; sys.modules['openvino_telemetry'] = None; from openvino.tools.benchmark.main import main; main()"
"""benchmark_app without its telemetry."""


def measure(*, quick: bool) -> dict[str, float | str | None]:
    """{"openvino_over_benchmark_app", "csrnet_frames_per_s", "benchmark_app_frames_per_s"}: medians over the turns."""
    missing = lacking("torch")
    if missing:
        print(f"  {missing}")
        return {"openvino_over_benchmark_app": None}
    turn_s, rounds = (8, 2) if quick else (20, 3)
    site, model = _site(), csrnet()
    engine = open_engine(
        "openvino",
        model,
        precision=fastest_float(),
        shapes_px=[SHAPE_PX],
        batch_size=site.worker.batch_size,
        tune=True,
    )
    with tempfile.TemporaryDirectory() as folder:
        pictures = _decoded(write_clip(Path(folder) / "clip.mp4", seconds=2))
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(_pipeline_rate(site, engine, pictures, turn_s))
        theirs.append(_app_rate(model, turn_s))
    engine.close()
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    return {
        "openvino_over_benchmark_app": round(statistics.median(ratios), 3),
        "csrnet_frames_per_s": round(statistics.median(ours), 2),
        "benchmark_app_frames_per_s": round(statistics.median(theirs), 2),
        "csrnet_precision": engine.precision,
    }


def _site() -> Site:
    region = {"polygon_px": [[100, 100], [1200, 100], [1200, 700], [100, 700]], "area_m2": 300}
    camera = {
        "source": "sim:calm",  # never opened: the frames are decoded already
        "analysis_rate_hz": 30,
        "engine_shape": SHAPE_PX,
        "picture_size_px": [1280, 720],
        "regions": {"square": region},
    }
    return Site.model_validate({"id": "bench", "cameras": {f"camera-{n}": camera for n in range(CAMERAS)}})


def _decoded(clip: Path) -> list[AvPicture]:
    with av.open(str(clip)) as container:
        return [AvPicture(frame) for frame in container.decode(video=0)]


def _pipeline_rate(site: Site, engine: Engine, pictures: list[AvPicture], turn_s: float) -> float:
    """Frames a second from slots that always hold a new one to readings."""
    slots = {key: Slot() for key in site.cameras}
    meters = {key: CameraMeter(camera, site.rules) for key, camera in site.cameras.items()}
    feeder = Feeder(slots, site.cameras, site.worker.batch_size)
    _refill(slots, pictures, 0)
    feeder.start()
    frames, started_s = 0, 0.0
    while not started_s or time.monotonic() - started_s < turn_s:
        batch = feeder.next(timeout_s=5)
        if batch is None:
            raise RuntimeError("the feeder gave no batch though every slot was full")
        _refill(slots, pictures, frames)
        densities = engine.infer(batch.images)
        for item, density in zip(batch.items, densities, strict=True):
            lattice = item.letterbox.lattice((1280, 720))
            for figures in meters[item.frame.camera].measure(density, lattice, item.frame.captured_at.timestamp()):
                _reading(figures, item.frame)
        if started_s:
            frames += len(batch.items)
        started_s = started_s or time.monotonic()  # the first batch warms up
    rate = frames / (time.monotonic() - started_s)
    feeder.stop()
    return rate


def _refill(slots: dict[str, Slot], pictures: list[AvPicture], number: int) -> None:
    for place, (camera, slot) in enumerate(slots.items()):
        if not slot.has_new:
            picture = pictures[(number + place) % len(pictures)]
            slot.put(Frame(camera, picture, datetime.now(UTC), time.monotonic(), number))


def _reading(figures: RegionFigures, frame: Frame) -> None:
    region_reading(
        figures,
        site="bench",
        camera=frame.camera,
        captured_at=frame.captured_at,
        published_at=datetime.now(UTC),
        sequence=frame.sequence,
        model="csrnet",
        engine="openvino",
    )


def _app_rate(model: ModelFile, turn_s: float) -> float:
    width, height = SHAPE_PX
    shape = f"[1,{height},{width},3]"
    precision = {"bf16": "bf16", "fp32": "f32"}[fastest_float()]
    options = ["-m", str(model.path), "-d", "CPU", "-hint", "throughput", "-t", str(int(turn_s)), "-shape", shape]
    command = [sys.executable, "-c", APP, *options, "-infer_precision", precision]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout
    found = re.search(r"Throughput:\s+([\d.]+)", said)
    if found is None:
        raise RuntimeError(f"benchmark_app said no throughput: {said[-500:]}")
    return float(found[1])
