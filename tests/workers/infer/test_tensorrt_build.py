"""Engines are built for real, without a GPU, by TensorRT-RTX."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from crushwatch.errors import EngineError
from crushwatch.models import find_model
from workers.infer.tensorrt_build import Build, build_engine, load_package, made_from

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


def test_the_cache_key_holds_all_that_an_engine_depends_on(tensorrt: ModuleType) -> None:
    parts = made_from(tensorrt, COMPACT, BUILD, "NVIDIA L4 8.9")
    assert parts["model"] == COMPACT.sha256
    assert {"width_px", "height_px", "batch_size", "precision", "keep_fp32", "gpu", "package", "version"} <= set(parts)
    assert parts["version"]
