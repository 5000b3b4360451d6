"""Every engine on the card counts what FP32 on the processor counts, in batches of every size; faults are survived."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from crushwatch.errors import CrushwatchError
from crushwatch.ground import Lattice
from crushwatch.models import ModelFile, find_model
from crushwatch.regions import RegionMeter
from crushwatch.site import Region
from workers.infer.choose import open_engine
from workers.infer.engine import Engine
from workers.infer.steady import SteadyEngine
from workers.infer.tensorrt_build import PACKAGES, load_package
from workers.infer.torch import TorchEngine
from workers.infer.torch_regions import DeviceRegions

COMPACT = find_model("compact")
KINDS = [(name, precision) for name in ("torch", *PACKAGES) for precision in ("fp32", "bf16", "fp16")]
BATCH = 8


def opened(name: str, precision: str, model: ModelFile = COMPACT, **options: object) -> Engine:
    """A bare engine on the GPU."""
    if name == "torch":
        return TorchEngine(model, precision=precision, batch_size=BATCH, device="cuda")
    from workers.infer.tensorrt import TensorRtEngine

    return TensorRtEngine(
        model, precision=precision, shapes_px=[(512, 384)], batch_size=BATCH, package=load_package((name,))
    )


@pytest.fixture(scope="module", params=KINDS, ids="-".join)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    name, precision = request.param
    try:
        made = opened(name, precision)
    except (ImportError, CrushwatchError) as reason:
        if name == "torch":
            raise
        pytest.skip(f"NOT RUN: {name} {precision}: {reason}")
    yield made
    made.close()


@pytest.fixture(scope="module")
def wanted(crowds: np.ndarray) -> np.ndarray:
    return TorchEngine(COMPACT, precision="fp32", device="cpu").infer(crowds)


def test_counts_are_those_of_fp32_on_the_processor_within_one_percent(
    engine: Engine, crowds: np.ndarray, wanted: np.ndarray
) -> None:
    counts, true = engine.infer(crowds).sum((1, 2)), wanted.sum((1, 2))
    assert (np.abs(counts - true) <= 0.01 * np.maximum(true, 10.0)).all(), (counts, true)


@pytest.mark.parametrize("count", range(1, 14))
def test_batches_of_every_size_give_what_single_pictures_give(engine: Engine, crowds: np.ndarray, count: int) -> None:
    together = engine.infer(crowds[:count]).sum((1, 2))
    alone = np.array([engine.infer(picture[None]).sum() for picture in crowds[:count]])
    np.testing.assert_allclose(together, alone, rtol=0.005, atol=0.02)


def test_pictures_of_other_sizes_are_taken_too(engine: Engine, crowds: np.ndarray) -> None:
    small = np.ascontiguousarray(crowds[:3, :192, :256])
    assert engine.infer(small).shape == (3, 24, 32)
    assert engine.infer(crowds[:3]).shape == (3, 48, 64)


def test_a_gpu_that_is_full_makes_batches_smaller_and_every_picture_is_counted(
    crowds: np.ndarray, wanted: np.ndarray
) -> None:
    steady = open_engine("torch", COMPACT, precision="fp32", batch_size=64)
    assert isinstance(steady, SteadyEngine)
    many = np.ascontiguousarray(np.tile(crowds, (5, 2, 2, 1))[:64])
    free_bytes = torch.cuda.mem_get_info()[0]
    torch.cuda.set_per_process_memory_fraction(min(1.0, 1.5 * 2**30 / torch.cuda.mem_get_info()[1]))
    try:
        assert free_bytes > 0
        found = steady.infer(many)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
        steady.close()
    assert found.shape == (64, 96, 128)
    assert steady.trouble, "a gigabyte and a half holds no 64 pictures of this size"
    assert np.isfinite(found).all()


def test_regions_measured_on_the_gpu_are_the_processors(crowds: np.ndarray, wanted: np.ndarray) -> None:
    lattice = Lattice(rows=48, columns=64, origin_px=(0, 0), pitch_px=(8, 8))
    drawn = Region(polygon_px=((60, 60), (450, 80), (400, 350)), area_m2=80)
    meters = {f"camera-{n}": {"drawn": RegionMeter.in_picture(drawn, lattice)} for n in range(len(crowds))}
    engine = TorchEngine(COMPACT, precision="fp32", batch_size=BATCH, device="cuda")
    found = DeviceRegions(meters, "cuda").measure(tuple(meters), engine.on_device(crowds))
    for of, (camera, density) in zip(found, zip(meters, wanted, strict=True), strict=True):
        assert of["drawn"].count == pytest.approx(meters[camera]["drawn"].measure(density).count, rel=0.01, abs=0.05)
