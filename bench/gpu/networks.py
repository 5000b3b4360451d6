"""How fast is each network, in each precision, by each way of running it, at each batch and size?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from bench.gpu.card import Draw
from bench.gpu.clock import matmul_tflops, seconds_each, wait
from bench.gpu.setting import Setting
from crushwatch.density.export import export_onnx, load_exported
from crushwatch.density.networks import DensityNetwork, build
from crushwatch.errors import EngineError
from crushwatch.models import ModelFile, find_model
from workers.infer.tensorrt_build import PACKAGES
from workers.infer.torch import MOST_PIXELS, choose_kernels

TYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
TARGET_SHARE = 0.6
"""CSRNet's share of the matrix product's rate."""


@dataclass(frozen=True)
class Row:
    """One figure. share: of the matrix product's rate in the same precision. off: count against FP32, relative."""

    network: str
    precision: str
    how: str
    size_px: tuple[int, int]
    batch: int
    ms: float
    tflops: float
    share: float
    watts: float | None
    clock_mhz: float | None
    off: float

    @property
    def frames_per_s(self) -> float:
        return self.batch / self.ms * 1000

    def cells(self) -> tuple[object, ...]:
        """For a table."""
        rate = self.frames_per_s
        width, height = self.size_px
        watts, clock = ("" if value is None else f"{value:.0f}" for value in (self.watts, self.clock_mhz))
        return (
            self.network,
            self.precision,
            self.how,
            f"{width}x{height}",
            self.batch,
            f"{self.ms:.2f}",
            f"{rate:.0f}",
            f"{self.tflops:.1f}",
            f"{self.share:.0%}",
            int(rate // 2),
            int(rate // 10),
            watts,
            clock,
            f"{self.off:.2%}",
        )


HEAD = (
    "network",
    "precision",
    "how",
    "size",
    "batch",
    "ms a batch",
    "frames/s",
    "TFLOP/s",
    "share of matmul",
    "cameras at 2/s",
    "at 10/s",
    "watts",
    "SM MHz at least",
    "count off FP32",
)


def peaks(setting: Setting) -> dict[str, float]:
    """TFLOP/s of a matrix product by precision, measured in this run."""
    return {name: matmul_tflops(setting.device, TYPES[name], setting.matmul_side, 0.5) for name in setting.precisions}


def rows(setting: Setting, peak: dict[str, float], say: Callable[[str], None]) -> Iterator[Row]:
    """All of them, what takes long to build last; what does not fit or cannot be built is said and passed over.

    What is larger than the worker's engine ever gives the network at once comes after the rest: a kernel that cannot
    count so far would take CUDA away from this process.
    """
    of_size = [[subject(setting, name, size_px) for name in setting.networks] for size_px in setting.sizes_px]
    for large in (False, True):
        yield from quick([one for of in of_size for one in of], peak, say, large)
    for one in of_size[0]:
        for how in setting.slow_hows:
            yield from figures(one, setting.precisions[0], how, (setting.slow_batch,), peak, say)


def quick(
    subjects: Sequence[Subject], peak: dict[str, float], say: Callable[[str], None], large: bool
) -> Iterator[Row]:
    """What takes no time to build."""
    for one in subjects:
        batches = batches_of(one.setting, one.size_px, large)
        for precision in one.setting.precisions:
            for how in one.setting.hows:
                yield from figures(one, precision, how, batches, peak, say)


def batches_of(setting: Setting, size_px: tuple[int, int], large: bool) -> list[int]:
    """large: those of more pixels than the worker's engine takes in a turn, or the others."""
    return [n for n in setting.batches if (n * size_px[0] * size_px[1] > MOST_PIXELS) == large]


def figures(
    one: Subject, precision: str, how: str, batches: Sequence[int], peak: dict[str, float], say: Callable[[str], None]
) -> Iterator[Row]:
    """From the smallest batch up to the first that cannot be had."""
    width, height = one.size_px
    for batch in batches:
        found = measured(one, precision, how, batch, peak[precision])
        if isinstance(found, str):
            say(f"{one.name} {precision} {how} {width}x{height} batch {batch}: {found}")
            return
        yield found


def flop_a_pixel(model: ModelFile) -> float:
    """Floating-point operations for each pixel of the input, a multiplication and an addition being two."""
    images = torch.zeros(1, 96, 128, 3, dtype=torch.uint8)
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        load_exported(model.path)(images)
    return float(counter.get_total_flops()) / (96 * 128)


def model_of(setting: Setting, name: str) -> ModelFile:
    """The shipped or given model; a CSRNet of random weights where none is given (its speed is the same)."""
    if name in setting.models:
        return find_model(setting.models[name])
    with suppress(EngineError):
        return find_model(name)
    path = setting.folder / f"{name}.onnx"
    if not path.exists():
        torch.manual_seed(1)
        options = {"slim": 16} if setting.tiny else {}
        export_onnx(build(name, **options), path, name, options)
    return find_model(str(path))


def pictures(setting: Setting, size_px: tuple[int, int]) -> Tensor:
    """As many as the largest batch, on the device: crowds of our simulator, each moved a little further."""
    import cv2

    from crushwatch.simulate.training import render_training_frame

    picture, _ = render_training_frame(np.random.default_rng(3), (640, 480))
    scaled = cv2.resize(np.asarray(picture), size_px, interpolation=cv2.INTER_LINEAR)
    moved = np.stack([np.roll(scaled, 16 * number, axis=1) for number in range(max(setting.batches))])
    return torch.from_numpy(moved).to(setting.device)


def reference(model: ModelFile, images: Tensor) -> float:
    """The first picture's count in FP32 on the processor."""
    with torch.inference_mode():
        return float(load_exported(model.path)(images[:1].cpu()).sum())


@dataclass(frozen=True)
class Subject:
    """What is measured: a network, its pictures on the device, the first one's count in FP32."""

    setting: Setting
    name: str
    model: ModelFile
    images: Tensor
    wanted: float
    flop_a_pixel: float

    @property
    def size_px(self) -> tuple[int, int]:
        """(width, height)."""
        return int(self.images.shape[2]), int(self.images.shape[1])


def subject(setting: Setting, name: str, size_px: tuple[int, int]) -> Subject:
    """The network called `name`, with pictures of that size."""
    model, images = model_of(setting, name), pictures(setting, size_px)
    return Subject(setting, name, model, images, reference(model, images), flop_a_pixel(model))


def measured(one: Subject, precision: str, how: str, batch: int, peak_tflops: float) -> Row | str:
    """One row, or why there is none."""
    setting, images = one.setting, one.images[:batch].clone()
    try:
        run = RUNS[how](setting, one.model, precision, images)
        count = float(run()[0].sum())
        with Draw(setting.device) as draw:
            seconds = seconds_each(run, setting.device, setting.row_s)
    except Exception as error:  # a figure that cannot be had is an answer too
        torch.compiler.reset()
        if setting.device.startswith("cuda"):
            torch.cuda.empty_cache()
        return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no reason given'}"
    width, height = one.size_px
    tflops = one.flop_a_pixel * width * height * batch / seconds / 1e12
    return Row(
        network=one.name,
        precision=precision,
        how=how,
        size_px=one.size_px,
        batch=batch,
        ms=seconds * 1000,
        tflops=tflops,
        share=tflops / peak_tflops,
        watts=draw.watts,
        clock_mhz=draw.clock_mhz,
        off=abs(count - one.wanted) / max(abs(one.wanted), 1e-6),
    )


Run = Callable[[], Tensor]


def network_of(setting: Setting, model: ModelFile) -> DensityNetwork:
    """On the device, channels last; opened once."""
    return opened(model.path, setting.device)


@cache
def opened(path: Path, device: str) -> DensityNetwork:
    """See `network_of`."""
    return load_exported(path).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def forward(network: Callable[[Tensor], Tensor], precision: str, images: Tensor) -> Run:
    """One forward pass over the images where they lie."""
    kind = images.device.type

    def run() -> Tensor:
        with torch.inference_mode(), torch.autocast(kind, TYPES[precision], precision != "fp32", cache_enabled=False):
            return network(images)

    return run


def eager(setting: Setting, model: ModelFile, precision: str, images: Tensor) -> Run:
    """As torch runs it, with kernels chosen as the worker's engine chooses them."""
    choose_kernels()
    return forward(network_of(setting, model), precision, images)


def compiled(setting: Setting, model: ModelFile, precision: str, images: Tensor) -> Run:
    """torch.compile."""
    choose_kernels()
    return forward(torch.compile(network_of(setting, model), dynamic=False), precision, images)


def graph(setting: Setting, model: ModelFile, precision: str, images: Tensor) -> Run:
    """A CUDA graph of the eager pass; on a processor, where there are none, the pass itself."""
    return captured(eager(setting, model, precision, images), setting)


def compiled_graph(setting: Setting, model: ModelFile, precision: str, images: Tensor) -> Run:
    """A CUDA graph of the compiled pass."""
    return captured(compiled(setting, model, precision, images), setting)


def captured(run: Run, setting: Setting) -> Run:
    """The run as one launch."""
    if not setting.device.startswith("cuda"):
        return run
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        for _ in range(3):
            run()
    wait(setting.device)
    made = torch.cuda.CUDAGraph()
    with torch.cuda.graph(made):
        result = run()

    def replay() -> Tensor:
        made.replay()
        return result

    return replay


def tensorrt(package: str) -> Callable[[Setting, ModelFile, str, Tensor], Run]:
    """One of NVIDIA's packages, through the engine that the worker uses: from page-locked memory and back."""

    def opened(setting: Setting, model: ModelFile, precision: str, images: Tensor) -> Run:
        from workers.infer.cache import EngineCache
        from workers.infer.tensorrt import TensorRtEngine
        from workers.infer.tensorrt_build import load_package

        batch, height, width, _ = images.shape
        engine = TensorRtEngine(
            model,
            precision=precision,
            shapes_px=[(width, height)],
            batch_size=batch,
            cache=EngineCache(Path(setting.folder) / "engines"),
            package=load_package((package,)),
        )
        host = images.cpu().numpy()
        return lambda: torch.from_numpy(engine.infer(host))

    return opened


RUNS: dict[str, Callable[[Setting, ModelFile, str, Tensor], Run]] = {
    "eager": eager,
    "graph": graph,
    "compiled": compiled,
    "compiled+graph": compiled_graph,
    **{package: tensorrt(package) for package in PACKAGES},
}
