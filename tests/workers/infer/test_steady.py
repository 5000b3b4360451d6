"""A device that fails makes the engine slower, never silent."""

from __future__ import annotations

import gc
import threading
import weakref
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import torch
from structlog.testing import capture_logs

from crushwatch.bus import MemoryBus, Outbox
from crushwatch.density.networks import DensityNetwork
from crushwatch.errors import EngineError
from crushwatch.models import find_model
from crushwatch.site import Site
from workers.health import WorkerPulse
from workers.infer.choose import open_engine
from workers.infer.engine import DeviceFullError, DeviceLostError, Engine
from workers.infer.steady import SteadyEngine, trouble_of
from workers.infer.torch import TorchEngine, turns
from workers.metrics import WorkerMetrics
from workers.worker import Worker

COMPACT = find_model("compact")
IMAGES = np.random.default_rng(0).integers(0, 256, (7, 64, 64, 3), dtype=np.uint8)


def on_processor() -> Engine:
    return open_engine("openvino", COMPACT, precision="fp32", threads=1)


def failing(error: Exception, from_pictures: int, batch_size: int = 8) -> TorchEngine:
    """A torch engine whose network fails with that error in turns of so many pictures or more."""
    engine = TorchEngine(COMPACT, threads=1, batch_size=batch_size, device="cpu")
    network = engine._network

    def run(images: torch.Tensor) -> torch.Tensor:
        if len(images) >= from_pictures:
            raise error
        return network(images)

    engine._network = run
    return engine


@pytest.fixture(scope="module")
def wanted() -> np.ndarray:
    return TorchEngine(COMPACT, threads=1, device="cpu").infer(IMAGES)


def test_a_batch_too_large_for_the_memory_is_taken_in_smaller_ones(wanted: np.ndarray) -> None:
    steady = SteadyEngine(failing(torch.cuda.OutOfMemoryError("CUDA out of memory"), from_pictures=3), on_processor, 8)
    with capture_logs() as said:
        np.testing.assert_allclose(steady.infer(IMAGES), wanted, atol=1e-5)
    assert steady.name == "torch"
    assert steady.trouble == "GPU memory is full: 3 pictures at once instead of 7"
    assert steady.trouble in steady.device
    assert [entry["event"] for entry in said] == ["the engine takes smaller batches"]
    with capture_logs() as said:
        steady.infer(IMAGES)
    assert not said, "what fits is remembered"


def test_when_not_even_one_picture_fits_the_processor_takes_over(wanted: np.ndarray) -> None:
    steady = SteadyEngine(failing(torch.cuda.OutOfMemoryError("CUDA out of memory"), from_pictures=1), on_processor, 8)
    np.testing.assert_allclose(steady.infer(IMAGES), wanted, atol=2e-3)
    assert steady.name == "openvino"
    assert "CUDA out of memory" in steady.trouble


def test_a_lost_device_hands_over_at_once(wanted: np.ndarray) -> None:
    lost = torch.AcceleratorError("CUDA error: unspecified launch failure")
    steady = SteadyEngine(failing(lost, from_pictures=1), on_processor, 8)
    with capture_logs() as said:
        np.testing.assert_allclose(steady.infer(IMAGES), wanted, atol=2e-3)
    assert [entry["event"] for entry in said] == ["the engine moves to the processor"]
    assert "unspecified launch failure" in steady.device


def test_a_device_lost_in_the_middle_of_a_batch_loses_no_picture(wanted: np.ndarray) -> None:
    engine = failing(torch.AcceleratorError("CUDA error: device lost"), from_pictures=9)
    steady, network, runs = SteadyEngine(engine, on_processor, 2), engine._network, iter(range(100))

    def dies(images: torch.Tensor) -> torch.Tensor:
        if next(runs) > 3:
            raise torch.AcceleratorError("CUDA error: device lost")
        return network(images)

    engine._network = dies
    np.testing.assert_allclose(steady.infer(IMAGES), wanted, atol=2e-3)
    assert steady.name == "openvino"


def test_a_processor_that_fails_too_is_no_secret() -> None:
    full = torch.cuda.OutOfMemoryError("out of memory")
    steady = SteadyEngine(failing(full, 1), lambda: failing(full, 1), 8)
    with pytest.raises(DeviceLostError, match="out of memory"):
        steady.infer(IMAGES)


def test_other_faults_go_through() -> None:
    steady = SteadyEngine(failing(ValueError("a fault of ours"), 1), on_processor, 8)
    with pytest.raises(ValueError, match="a fault of ours"):
        steady.infer(IMAGES)
    with pytest.raises(EngineError, match="uint8 images"):
        steady.infer(IMAGES[:, :, :60])
    with pytest.raises(EngineError, match="uint8 images"):
        steady.infer(IMAGES[:0])


def test_a_torch_engine_says_in_the_seams_words_that_memory_is_full() -> None:
    with pytest.raises(DeviceFullError, match="CUDA out of memory"):
        failing(torch.cuda.OutOfMemoryError("CUDA out of memory. Tried\nmore"), 1).infer(IMAGES)


def broken_off(images: torch.Tensor) -> torch.Tensor:
    """As the capture of a graph ends for which memory runs out: over its own end, with another fault."""
    try:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory")
    finally:
        raise torch.AcceleratorError("CUDA error: operation failed due to a previous error during capture")


@pytest.mark.parametrize(
    "words",
    [
        "CUDA error: out of memory",
        "FIND was unable to find an engine to execute this computation",
        "GET was unable to find an engine to execute this computation",
        "Unable to find a valid cuDNN algorithm to run convolution",
    ],
)
def test_whoever_says_that_memory_is_full_a_smaller_batch_is_tried(words: str, wanted: np.ndarray) -> None:
    steady = SteadyEngine(failing(RuntimeError(words), from_pictures=3), on_processor, 8)
    np.testing.assert_allclose(steady.infer(IMAGES), wanted, atol=1e-5)
    assert steady.name == "torch"


def test_a_capture_broken_off_for_want_of_memory_is_no_lost_device() -> None:
    engine = TorchEngine(COMPACT, threads=1, device="cpu")
    engine._network = broken_off
    with pytest.raises(DeviceFullError, match="previous error during capture"):
        engine.infer(IMAGES)


def test_after_memory_was_given_back_the_lanes_have_pools_of_their_own(wanted: np.ndarray) -> None:
    engine = failing(torch.cuda.OutOfMemoryError("CUDA out of memory"), from_pictures=3)
    engine.infer(IMAGES[:2])
    before = list(engine._tracks)
    with pytest.raises(DeviceFullError):
        engine.infer(IMAGES)
    assert not set(map(id, before)) & set(map(id, engine._tracks))
    np.testing.assert_allclose(engine.infer(IMAGES[:2]), wanted[:2], atol=1e-5)


def test_what_lies_on_a_lost_gpu_is_never_freed_for_torch_would_end_the_process() -> None:
    engine = failing(torch.AcceleratorError("CUDA error: device lost"), from_pictures=3)
    engine.infer(IMAGES[:2])
    lanes = [weakref.ref(lane) for lane in engine._lanes.values()]
    with pytest.raises(DeviceLostError):
        engine.infer(IMAGES[:4])
    engine.close()
    del engine
    gc.collect()
    assert lanes
    assert all(lane() is not None for lane in lanes)


def test_a_gpu_that_is_found_lost_only_when_its_engine_is_closed_ends_nothing() -> None:
    def wait() -> None:
        raise torch.AcceleratorError("CUDA error: device lost")

    engine = TorchEngine(COMPACT, threads=1, device="cpu")
    engine.infer(IMAGES[:2])
    lane = weakref.ref(next(iter(engine._lanes.values())))
    engine._tracks[0].wait = wait  # type: ignore[method-assign]
    engine.close()
    gc.collect()
    assert lane() is not None


def test_what_lies_on_a_sound_gpu_is_freed() -> None:
    engine = TorchEngine(COMPACT, threads=1, device="cpu")
    engine.infer(IMAGES[:2])
    lanes = [weakref.ref(lane) for lane in engine._lanes.values()]
    engine.close()
    gc.collect()
    assert not any(lane() for lane in lanes)


@pytest.mark.parametrize("count", range(1, 12))
@pytest.mark.parametrize("most", [1, 3, 8])
def test_turns_cover_every_picture_once_in_powers_of_two(count: int, most: int) -> None:
    taken = list(turns(count, most))
    assert [number for first, size in taken for number in range(first, first + size)] == list(range(count))
    assert all(size <= most and size & (size - 1) == 0 for _, size in taken)


@pytest.mark.parametrize("batch_size", [1, 2, 3, 8])
def test_pictures_over_two_lanes_are_what_they_are_alone(batch_size: int, wanted: np.ndarray) -> None:
    engine = TorchEngine(COMPACT, threads=1, batch_size=batch_size, device="cpu")
    for images, density in ((IMAGES, wanted), (IMAGES[::-1], wanted[::-1]), (IMAGES[2:5], wanted[2:5])):
        np.testing.assert_allclose(engine.infer(images), density, atol=1e-5)


def test_torch_in_bfloat16_counts_nearly_as_in_fp32() -> None:
    images = np.random.default_rng(1).integers(0, 256, (1, 128, 128, 3), dtype=np.uint8)
    half = TorchEngine(COMPACT, precision="bf16", threads=1, device="cpu")
    assert half.precision == "bf16"
    assert half.infer(images).shape == (1, 16, 16)


def test_the_network_of_an_engine_is_the_exported_one() -> None:
    assert isinstance(TorchEngine(COMPACT, threads=1, device="cpu")._network, DensityNetwork)


def test_a_lost_gpu_is_told_in_the_workers_health() -> None:
    lost = torch.AcceleratorError("CUDA error: unspecified launch failure")
    steady = SteadyEngine(failing(lost, from_pictures=1), on_processor, 8)
    site = Site.model_validate({"id": "arena", "cameras": {"a": {"source": "rtsp://camera/1"}}})
    pulse = WorkerPulse(site, "worker", "compact", steady, ("a",), datetime.now(UTC))
    assert pulse.message(datetime.now(UTC), outbox_length=0).engine == "torch"
    steady.infer(IMAGES[:1])
    told = pulse.message(datetime.now(UTC), outbox_length=0)
    assert told.engine == "openvino"
    assert "unspecified launch failure" in told.device


def test_a_lost_gpu_is_told_to_prometheus_at_the_next_look(tmp_path: Path) -> None:
    lost = torch.AcceleratorError("CUDA error: unspecified launch failure")
    steady = SteadyEngine(failing(lost, from_pictures=1), on_processor, 8)
    site = Site.model_validate({"id": "arena", "cameras": {"a": {"source": "rtsp://camera/1", "enabled": False}}})
    told = []
    for _look in range(2):
        metrics, outbox = WorkerMetrics(), Outbox(tmp_path / "outbox.db")
        worker = Worker(site, steady, "compact", MemoryBus(), outbox, name="worker", metrics=metrics)
        stop = threading.Event()
        threading.Timer(0.2, stop.set).start()
        worker.run(stop)
        outbox.close()
        told.append(metrics.registry.get_sample_value("crushwatch_worker_engine_degraded"))
        steady.infer(IMAGES[:1])
    assert told == [0, 1]
    assert trouble_of(TorchEngine(COMPACT, threads=1, device="cpu")) == ""


def test_torch_asked_for_a_gpu_that_is_not_there_says_what_to_take() -> None:
    if torch.cuda.is_available():
        pytest.skip("NOT RUN: this machine has an NVIDIA GPU")
    with pytest.raises(EngineError, match="no NVIDIA GPU here; take engine openvino"):
        TorchEngine(COMPACT, device="cuda")


@pytest.mark.parametrize(
    ("status", "kind"), [("cudaErrorMemoryAllocation", DeviceFullError), ("cudaErrorECCUncorrectable", DeviceLostError)]
)
def test_the_cuda_runtimes_words_are_the_seams(status: str, kind: type[EngineError]) -> None:
    runtime = pytest.importorskip("cuda.bindings.runtime", reason="NOT RUN: no CUDA runtime is installed")
    from workers.infer.cuda import checked

    with pytest.raises(kind, match="CUDA: "):
        checked((getattr(runtime.cudaError_t, status),))
