"""Engines are built for real, without a GPU, by TensorRT-RTX."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from crushwatch.density.export import export_onnx
from crushwatch.density.networks import build
from crushwatch.errors import EngineError
from crushwatch.models import ModelFile, find_model
from workers.infer import tensorrt_build
from workers.infer.tensorrt_build import Build, begun, build_engine, listener, load_package, made_from

COMPACT = find_model("compact")
BUILD = Build(width_px=512, height_px=384, batch_size=4, precision="fp16")


@pytest.fixture(scope="module")
def tensorrt() -> ModuleType:
    try:
        return load_package()
    except ImportError:
        if sys.platform == "linux":
            raise
        pytest.skip("NOT RUN: TensorRT-RTX has no wheel for this platform")


def test_the_shipped_model_becomes_an_engine_and_half_the_size_in_fp16(tensorrt: ModuleType) -> None:
    half = build_engine(tensorrt, COMPACT, BUILD)
    whole = build_engine(tensorrt, COMPACT, replace(BUILD, precision="fp32"))
    assert 1_000_000 < len(half) < 0.7 * len(whole)


def test_a_graph_that_tensorrt_cannot_read_is_refused_with_its_words(tensorrt: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"no graph at all")
    with pytest.raises(EngineError, match=r"broken\.onnx: TensorRT cannot read it: .*[Pp]arse"):
        build_engine(tensorrt, find_model(str(path)), replace(BUILD, precision="fp32"))


def test_a_size_that_the_network_cannot_take_is_refused(tensorrt: ModuleType) -> None:
    with pytest.raises(EngineError, match="cannot build it for"):
        build_engine(tensorrt, COMPACT, replace(BUILD, width_px=500))


@pytest.fixture(scope="module")
def csrnet(tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    """The paper's network in full, weights drawn at random."""
    path = tmp_path_factory.mktemp("csrnet") / "csrnet.onnx"
    export_onnx(build("csrnet"), path, "csrnet")
    return find_model(str(path))


@pytest.mark.parametrize("name", ["compact", "csrnet"])
def test_both_networks_are_built_for_every_kind_of_gpu_that_tensorrt_rtx_names(
    tensorrt: ModuleType, csrnet: ModelFile, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    if not hasattr(tensorrt.IBuilderConfig, "set_compute_capability"):
        pytest.skip(f"NOT RUN: {tensorrt.__name__} builds for the GPU that is there alone")
    kinds = [kind for kind in tensorrt.ComputeCapability.__members__ if kind.startswith("SM")]
    assert len(kinds) >= 5
    plainly = tensorrt_build._settings

    def for_kind(package: ModuleType, builder: Any, build_for: Build) -> Any:
        settings = plainly(package, builder, build_for)
        settings.num_compute_capabilities = 1
        assert settings.set_compute_capability(package.ComputeCapability.__members__[kind], 0)
        return settings

    monkeypatch.setattr(tensorrt_build, "_settings", for_kind)
    for kind in kinds:
        assert len(build_engine(tensorrt, COMPACT if name == "compact" else csrnet, BUILD)) > 1_000_000, kind


def test_a_driver_with_which_tensorrt_cannot_begin_is_an_engines_fault_not_a_crash(tensorrt: ModuleType) -> None:
    said = listener(tensorrt)
    said.log(tensorrt.ILogger.Severity.ERROR, "CUDA initialization failure with error: 35")

    def nothing(_said: Any) -> Any:
        raise TypeError("pybind11::init(): factory function returned nullptr")

    with pytest.raises(EngineError, match=r"cannot begin here.*driver.*error: 35"):
        begun(nothing, said)
    assert begun(tensorrt.Builder, said) is not None


def test_the_cache_key_holds_all_that_an_engine_depends_on(tensorrt: ModuleType) -> None:
    parts = made_from(tensorrt, COMPACT, BUILD, "NVIDIA L4 8.9")
    assert parts["model"] == COMPACT.sha256
    assert {"width_px", "height_px", "batch_size", "precision", "keep_fp32", "gpu", "package", "version"} <= set(parts)
    assert parts["version"]
