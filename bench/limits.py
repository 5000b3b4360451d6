"""What is possible: arithmetic and memory traffic of each network, the peaks of processors, and what was reached.

python -m bench.limits > docs/limits.md                 # measures this processor too: let nothing else run
python -m bench.limits --by-manual > docs/limits.md     # only what needs no measuring
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from bench.csrnet_files import SHAPE_PX, csrnet, csrnet_int8
from bench.machine import cpu_flags, describe_machine
from crushwatch.models import ModelFile, find_int8, find_model
from workers.infer.cache import EngineCache
from workers.infer.no_telemetry import ov
from workers.infer.openvino import OpenVinoEngine
from workers.infer.plan import Plan, usable_cores

BYTES = {"fp32": 4, "bf16": 2, "fp16": 2, "int8": 1, "fp8": 1}
SIDE = 2048
"""Of the matrix product whose speed is taken for the processor's peak."""
SHAPES_PX = {"compact": ((640, 384), (1024, 576), (1920, 1088)), "csrnet": ((512, 384), (1024, 576), (1920, 1088))}
ROUNDS = 5


@dataclass(frozen=True)
class Work:
    """One picture through one network. traffic: numbers read and written by its convolutions, each once."""

    network: str
    shape_px: tuple[int, int]
    gflop: float
    traffic: int

    def megabytes(self, precision: str) -> float:
        return self.traffic * BYTES[precision] / 1e6


@dataclass(frozen=True)
class Chip:
    """A datasheet's peaks, dense: TFLOP/s or TOP/s by precision, and GB/s of memory."""

    name: str
    tera: dict[str, float]
    gb_per_s: float
    source: str


CHIPS = (
    Chip(
        "H200 SXM",
        {"fp16": 989, "int8": 1979, "fp8": 1979},
        4800,
        "NVIDIA H200 datasheet; it prints twice as much, with sparsity",
    ),
    Chip("L4", {"fp16": 121, "int8": 242, "fp8": 242}, 300, "NVIDIA L4 datasheet; halved likewise"),
    Chip("T4", {"fp16": 65, "int8": 130}, 320, "NVIDIA T4 datasheet"),
    Chip(
        "Jetson AGX Orin 64 GB, GPU",
        {"fp16": 42.5, "int8": 85},
        204.8,
        "Jetson AGX Orin technical brief: 170 INT8 TOPS with sparsity, halved, and half of that in FP16",
    ),
)

PER_CYCLE = (
    ("Intel with AMX (Sapphire Rapids on)", "64", "1024", "2048", "Intel optimisation manual: TMUL, 16 x 16 tiles"),
    ("Intel with AVX-512 and VNNI, two FMA units", "64", "128 (AVX512-BF16)", "256", "two 512-bit units"),
    ("AMD Zen 4 (AVX-512 in two halves)", "32", "64", "128", "two 256-bit units"),
    ("AVX2 without VNNI", "32", "none", "64", "two 256-bit FMA units; INT8 by three instructions"),
)


def work(model: ModelFile, network: str, shape_px: tuple[int, int]) -> Work:
    """Counted from the graph: two operations a multiply-add, convolutions only (all else is under 1 %)."""
    width, height = shape_px
    graph = ov.Core().read_model(str(model.path))
    graph.reshape([1, height, width, 3])
    gflop, traffic = 0.0, 0
    for node in graph.get_ops():
        if node.get_type_name() in ("Convolution", "GroupConvolution"):
            kernel, image, out = node.input(1).get_shape(), node.input(0).get_shape(), node.output(0).get_shape()
            a_result = np.prod(list(kernel)[1:] if len(kernel) == 4 else list(kernel)[2:])
            gflop += 2 * float(np.prod(list(out))) * float(a_result) / 1e9
            traffic += sum(int(np.prod(list(shape))) for shape in (kernel, image, out))
    return Work(network, shape_px, gflop, traffic)


def peaks_tera() -> dict[str, float]:
    """What a large matrix product reaches on this processor now, in 10^12 operations a second, by precision."""
    found = {"fp32": _product_tera("f32", quantised=False)}
    if "bf16" in str(ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")).lower():
        found["bf16"] = _product_tera("bf16", quantised=False)
    return found | {"int8": _product_tera("f32", quantised=True)}


def _product_tera(hint: str, *, quantised: bool) -> float:
    """By a convolution of 1 x 1, which is a matrix product, as networks have it."""
    from openvino import opset13 as op

    draw = np.random.default_rng(0)
    x = op.parameter([1, SIDE, 1, SIDE], np.float32)
    kernel = op.constant(draw.normal(size=(SIDE, SIDE, 1, 1)).astype(np.float32))
    image = x
    if quantised:
        low, high = np.float32(-4), np.float32(4)
        image = op.fake_quantize(x, low, high, low, high, 256)
        kernel = op.fake_quantize(kernel, low, high, low, high, 255)
    product = op.convolution(image, kernel, [1, 1], [0, 0], [0, 0], [1, 1])
    compiled = ov.Core().compile_model(ov.Model([product], [x]), "CPU", {"INFERENCE_PRECISION_HINT": hint})
    request = compiled.create_infer_request()
    given = {0: draw.normal(size=(1, SIDE, 1, SIDE)).astype(np.float32)}
    request.infer(given)
    seconds = min(
        _took_s(lambda: request.infer(given, share_inputs=True, share_outputs=True)) for _ in range(3 * ROUNDS)
    )
    return 2 * SIDE**3 / seconds / 1e12


def memory_gb_per_s() -> float:
    """By copying 256 MB: read and written."""
    source = np.ones(64 * 2**20, np.float32)
    target = np.empty_like(source)
    return 2 * source.nbytes / min(_took_s(lambda: np.copyto(target, source)) for _ in range(ROUNDS)) / 1e9


def reached_per_s(model: ModelFile, precision: str, shape_px: tuple[int, int]) -> float:
    """Pictures a second, a stream a core, as `crushwatch tune` usually chooses; the best of some rounds."""
    width, height = shape_px
    cores = usable_cores()
    images = np.random.default_rng(0).integers(0, 255, (cores, height, width, 3), dtype=np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        engine = OpenVinoEngine(model, precision=precision, plan=Plan(cores, 0, 1), cache=EngineCache(Path(folder)))
        engine.infer(images)
        return cores / min(_took_s(lambda: engine.infer(images)) for _ in range(ROUNDS))


def _took_s(act: Callable[[], object]) -> float:
    started_s = time.perf_counter()
    act()
    return time.perf_counter() - started_s


def page(*, measured: bool) -> Iterator[str]:
    """docs/limits.md, line by line."""
    models = {"compact": find_model("compact"), "csrnet": csrnet()}
    yield from ("# The limit", "", INTRODUCTION, "", "## Work a picture", "", *_work_table(models), "")
    if measured:
        yield from _this_processor(models)
    yield from ("## Processors by their manuals", "", *_cycle_table(), "", "## GPUs by their datasheets", "")
    yield from (*_chip_table(models), "", *(f"- {chip.name}: {chip.source}." for chip in CHIPS))


def _this_processor(models: dict[str, ModelFile]) -> Iterator[str]:
    yield from ("## This processor", "", f"{describe_machine()}; {datetime.now(UTC).date().isoformat()}", "")
    peaks, gb_per_s = peaks_tera(), memory_gb_per_s()
    in_words = ", ".join(f"{precision} {value:.3f}" for precision, value in peaks.items())
    yield f"A matrix product of {SIDE} cubed by OpenVINO on all cores, 10^12 operations a second: {in_words}."
    yield f"Copying memory: {gb_per_s:.1f} GB/s read and written. Flags: {' '.join(cpu_flags())}."
    yield from ("", *_reached_table(models, peaks, gb_per_s), "", READING, "")


INTRODUCTION = """\
A figure is worth as much as its share of what is possible. This page is computed by `python -m bench.limits`: the
arithmetic and the memory traffic of each network from its graph, the peak of this processor from a large matrix product
measured in the same run, the peaks of others from their manuals. A picture takes no less than

    max(operations / peak, bytes / memory bandwidth)

Bytes are what the convolutions read and write if nothing stays in a cache between two of them; with a cache that holds
a layer's picture the true figure is smaller."""

READING = """\
The share is of the nearer of the two bounds; above 100 %, a convolution uses the cores better than that matrix
product. CSRNet is nearly all large 3 x 3 convolutions. `compact` spends a third of its time in depthwise and 1 x 1
convolutions at half and quarter resolution, which move many bytes an operation."""


def _work_table(models: dict[str, ModelFile]) -> Iterator[str]:
    yield "| network | shape | GFLOP | MB moved, FP32 | BF16 | INT8 | operations a byte, FP32 |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for network, model in models.items():
        for shape_px in SHAPES_PX[network]:
            one = work(model, network, shape_px)
            moved = [one.megabytes(precision) for precision in ("fp32", "bf16", "int8")]
            cells = " | ".join(f"{value:.0f}" for value in moved)
            yield f"| {network} | {_x(shape_px)} | {one.gflop:.1f} | {cells} | {1e3 * one.gflop / moved[0]:.0f} |"


def _reached_table(models: dict[str, ModelFile], peaks: dict[str, float], gb_per_s: float) -> Iterator[str]:
    yield "| network | shape | precision | possible by arithmetic /s | by memory /s | reached /s | share of possible |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    in_int8 = {"compact": find_int8(models["compact"]), "csrnet": csrnet_int8()}
    for network, shape_px in (("csrnet", SHAPE_PX), ("compact", (1024, 576))):
        one = work(models[network], network, shape_px)
        for precision, peak in peaks.items():
            file = in_int8[network] if precision == "int8" else models[network]
            asked = "auto" if file.is_int8 else precision.replace("int8", "fp32")  # a file without a card says nothing
            reached = reached_per_s(file, asked, shape_px)
            possible = 1e3 * peak / one.gflop
            by_memory = 1e3 * gb_per_s / one.megabytes(precision)
            yield (
                f"| {network} | {_x(shape_px)} | {precision} | {possible:.2f} | {by_memory:.1f} | {reached:.2f} "
                f"| {100 * reached / min(possible, by_memory):.0f} % |"
            )


def _cycle_table() -> Iterator[str]:
    yield "Operations a cycle and core (a multiply-add is two); times cores, times clock, is the peak."
    yield ""
    yield "| processor | FP32 | BF16 | INT8 | from |"
    yield "| --- | --- | --- | --- | --- |"
    for row in PER_CYCLE:
        yield f"| {' | '.join(row)} |"


def _chip_table(models: dict[str, ModelFile]) -> Iterator[str]:
    yield "Pictures a second that no software can exceed, by arithmetic, at 1024x576; dense peaks."
    yield ""
    yield "| GPU | FP16 TFLOP/s | INT8 TOP/s | GB/s | csrnet FP16 | csrnet INT8 | compact FP16 | by memory |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    full, small = (work(models[name], name, (1024, 576)) for name in ("csrnet", "compact"))
    for chip in CHIPS:
        fp16, int8 = chip.tera["fp16"], chip.tera["int8"]
        yield (
            f"| {chip.name} | {fp16:g} | {int8:g} | {chip.gb_per_s:g} | {1e3 * fp16 / full.gflop:.0f} "
            f"| {1e3 * int8 / full.gflop:.0f} | {1e3 * fp16 / small.gflop:.0f} "
            f"| {1e3 * chip.gb_per_s / small.megabytes('fp16'):.0f} |"
        )


def _x(shape_px: tuple[int, int]) -> str:
    return f"{shape_px[0]}x{shape_px[1]}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--by-manual", action="store_true", help="measure nothing")
    print("\n".join(page(measured=not parser.parse_args().by_manual)))
