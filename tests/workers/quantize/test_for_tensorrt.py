"""Eight bits with their scales in the graph: what is written, what is refused, and that TensorRT builds it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
import torch
import typer
from typer.testing import CliRunner

from crushwatch.density.export import export_onnx
from crushwatch.density.networks import build
from crushwatch.errors import EngineError
from crushwatch.models import ModelFile, find_model
from workers.infer.tensorrt_build import Build, build_engine, file_for, load_package
from workers.quantize.command import quantize as command
from workers.quantize.explicit import quantised, ranges
from workers.quantize.for_tensorrt import quantize_for_tensorrt


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 to calibrate on, and 8, frame_3 to frame_73, that decide."""
    folder, draw = tmp_path_factory.mktemp("pictures"), np.random.default_rng(0)
    for number in (*range(0, 200, 10), *range(3, 80, 10)):
        image = cv2.resize(draw.integers(0, 255, (4, 4, 3), dtype=np.uint8), (96, 64), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / f"frame_{number}.png"), image)
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    """A CSRNet of an eighth of its channels, weights drawn at random, that counts somebody everywhere."""
    torch.manual_seed(1)
    network = build("csrnet", slim=8)
    with torch.no_grad():
        list(network.parameters())[-1].fill_(0.5)
    path = tmp_path_factory.mktemp("model") / "small.onnx"
    export_onnx(network, path, "csrnet", {"slim": 8})
    return find_model(str(path))


@pytest.mark.parametrize("kind", ["int8", "fp8"])
def test_what_is_written_counts_as_fp32_does_says_so_and_becomes_an_engine(
    model: ModelFile, pictures: Path, tmp_path: Path, kind: str
) -> None:
    said: list[str] = []
    made = quantize_for_tensorrt(model, pictures, tmp_path / "small.onnx", said.append, kind=kind)
    assert made.card is not None
    assert made.card.quantised is not None
    assert made.card.quantised.total_error_percent <= 2.0
    assert made.card.quantised.from_sha256 == model.sha256
    kinds = [node.op_type for node in onnx.load(str(made.path)).graph.node]
    assert kinds.count("DequantizeLinear") == 2 * kinds.count("QuantizeLinear") > 10
    if sys.platform != "linux":
        pytest.skip("NOT RUN: TensorRT-RTX has no wheel for this platform")
    assert len(build_engine(load_package(), made, Build(96, 64, 2, kind))) > 100_000


def test_kernels_of_one_pixel_can_be_left_alone(pictures: Path) -> None:
    compact = find_model("compact")
    known = ranges(compact.path, sorted(pictures.iterdir())[:1])

    def count(smallest_kernel: int) -> int:
        graph = onnx.load_from_string(quantised(compact.path, compact.keep_fp32, known, "int8", smallest_kernel))
        assert not any(".eight" in node.input[0] for node in graph.graph.node if node.op_type == "Conv")
        return sum(node.op_type == "QuantizeLinear" for node in graph.graph.node)

    assert 5 == count(3) < count(1)


def test_the_engine_finds_what_was_made_of_its_model_and_nothing_else(
    model: ModelFile, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EngineError, match="crushwatch quantize small --engine tensorrt --kind int8"):
        file_for(model, "int8")
    app = typer.Typer()
    app.command()(command)
    words = [str(model.path), "--pictures", str(pictures), "--engine", "tensorrt", "--json"]
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert json.loads(result.stdout.splitlines()[-1])["compared_on"] == 8
    assert file_for(model, "int8").name == "small.int8-tensorrt"
    assert file_for(model, "fp16") is model
    with pytest.raises(EngineError, match="was not made of this"):
        file_for(ModelFile("small", model.path, "another", None), "int8")


def test_other_kinds_are_refused(model: ModelFile) -> None:
    with pytest.raises(EngineError, match="int8, fp8"):
        quantised(model.path, (), {}, "int4")
