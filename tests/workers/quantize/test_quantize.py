"""A small network with weights drawn at random, on drawn pictures: what is written, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import typer
from typer.testing import CliRunner

from crushwatch.density.export import export_onnx
from crushwatch.density.networks import build
from crushwatch.errors import EngineError
from crushwatch.models import ModelFile, find_int8, find_model
from workers.infer.choose import open_engine
from workers.quantize import recipes
from workers.quantize.command import quantize as command
from workers.quantize.pictures import find_pictures, read_pixels
from workers.quantize.quantize import quantize


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 to calibrate on, and 8, frame_3 to frame_73, that decide."""
    folder, draw = tmp_path_factory.mktemp("pictures"), np.random.default_rng(0)
    for number in (*range(0, 240, 10), *range(3, 80, 10)):
        image = cv2.resize(draw.integers(0, 255, (4, 4, 3), dtype=np.uint8), (96, 64), interpolation=cv2.INTER_CUBIC)
        for x, y in draw.integers((0, 0), (96, 64), (20, 2)):
            cv2.circle(image, (int(x), int(y)), 3, (30, 30, 30), -1)
        cv2.imwrite(str(folder / f"frame_{number}.png"), image)
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    torch.manual_seed(1)
    network = build("mcnn")
    with torch.no_grad():
        list(network.parameters())[-1].fill_(0.5)  # so that it counts somebody everywhere
    path = tmp_path_factory.mktemp("model") / "small.onnx"
    export_onnx(network, path, "mcnn")
    return find_model(str(path))


@pytest.fixture(scope="module")
def quantised(model: ModelFile, pictures: Path) -> ModelFile:
    return quantize(model, pictures, model.path.with_name("small.int8.xml"), lambda _: None)


def test_counts_in_int8_are_those_of_fp32_and_the_card_says_how_nearly(
    model: ModelFile, quantised: ModelFile, pictures: Path
) -> None:
    assert quantised.card is not None
    measured = quantised.card.quantised
    assert measured is not None
    assert (measured.from_sha256, measured.calibrated_on, measured.compared_on) == (model.sha256, 24, 8)
    assert max(measured.total_error_percent, measured.mean_error_percent) <= 2
    in_fp32, in_int8 = (open_engine("openvino", model, precision=precision) for precision in ("fp32", "int8"))
    for path in find_pictures(pictures).compared:
        wanted, found = (float(engine.infer(read_pixels(path)).sum()) for engine in (in_fp32, in_int8))
        assert found == pytest.approx(wanted, rel=0.05)
        assert found != wanted


def test_a_worker_takes_it_by_precision_or_as_a_model_of_its_own(model: ModelFile, quantised: ModelFile) -> None:
    assert find_int8(model).sha256 == quantised.sha256
    assert open_engine("openvino", model, precision="int8").precision == "int8"
    assert open_engine("openvino", find_model(str(quantised.path))).precision == "int8"


@pytest.mark.parametrize(("engine", "precision"), [("openvino", "fp32"), ("torch", "auto"), ("tensorrt", "auto")])
def test_what_is_int8_is_computed_as_nothing_else(quantised: ModelFile, engine: str, precision: str) -> None:
    with pytest.raises(EngineError, match="the model that it was made from"):
        open_engine(engine, quantised, precision=precision)


def test_one_further_off_than_allowed_is_refused_with_the_figure_and_nothing_is_written(
    model: ModelFile, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipes, "RANKED_ON", 2)
    with pytest.raises(
        EngineError, match=r"nothing is written.*all in INT8: counts differ .* % in all.*layer by layer"
    ):
        quantize(model, pictures, tmp_path / "small.int8.xml", lambda _: None, allowed_percent=1e-9)
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_was_not_quantised_says_how(model: ModelFile, tmp_path: Path) -> None:
    alone = tmp_path / "alone.onnx"
    shutil.copy(model.path, alone)
    with pytest.raises(EngineError, match=r"crushwatch quantize .*alone\.onnx --pictures DIR"):
        open_engine("openvino", find_model(str(alone)), precision="int8")


def test_int8_of_another_models_weights_is_refused(quantised: ModelFile, model: ModelFile, tmp_path: Path) -> None:
    for suffix in (".xml", ".bin", ".json"):
        shutil.copy(quantised.path.with_suffix(suffix), tmp_path / f"small.int8{suffix}")
    (tmp_path / "small.onnx").write_bytes(model.path.read_bytes() + b"\n")
    with pytest.raises(EngineError, match="make it anew"):
        find_int8(find_model(str(tmp_path / "small.onnx")))


def test_what_is_int8_already_is_not_quantised_again(quantised: ModelFile, pictures: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="INT8 already"):
        quantize(quantised, pictures, tmp_path / "twice.xml", lambda _: None)


def test_too_few_pictures_are_refused_with_how_many_are_needed(model: ModelFile, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "1.png"), np.zeros((32, 32, 3), np.uint8))
    with pytest.raises(EngineError, match="1 pictures to calibrate on and 0"):
        quantize(model, tmp_path, tmp_path / "small.xml", lambda _: None)


def test_pictures_of_nobody_decide_nothing(pictures: Path, tmp_path: Path) -> None:
    torch.manual_seed(1)
    network = build("mcnn")
    with torch.no_grad():
        list(network.parameters())[-1].fill_(-9.0)
    export_onnx(network, tmp_path / "blind.onnx", "mcnn")
    with pytest.raises(EngineError, match="none holds 10 people"):
        quantize(find_model(str(tmp_path / "blind.onnx")), pictures, tmp_path / "blind.xml", lambda _: None)


def test_the_command_ends_with_one_json_line(model: ModelFile, pictures: Path, tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(command)
    out = tmp_path / "small.int8.xml"
    said = CliRunner().invoke(app, [str(model.path), "--pictures", str(pictures), "--out", str(out), "--json"])
    assert said.exit_code == 0, said.output
    assert json.loads(said.stdout.splitlines()[-1])["compared_on"] == 8
    assert {path.name for path in tmp_path.iterdir()} == {"small.int8.xml", "small.int8.bin", "small.int8.json"}
