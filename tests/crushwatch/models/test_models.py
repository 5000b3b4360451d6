from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from crushwatch.errors import EngineError, ModelError
from crushwatch.models import find_for_watch, find_int8, find_model, list_models
from crushwatch.models.command import models

COMPACT = find_model("compact")


def run(*arguments: str) -> str:
    app = typer.Typer()
    app.command()(models)
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


def test_every_shipped_model_is_what_its_card_says() -> None:
    shipped = list_models()
    assert "compact" in [model.name for model in shipped]
    for model in shipped:
        assert model.card is not None
        assert model.card.name == model.name
        assert model.card.sha256 == model.sha256
        assert model.path.with_suffix(".md").is_file()


def test_a_path_is_a_model_too_with_or_without_a_card(tmp_path: Path) -> None:
    path = tmp_path / "mine.onnx"
    shutil.copy(COMPACT.path, path)
    assert find_model(str(path)).card is None
    shutil.copy(COMPACT.path.with_suffix(".json"), path.with_suffix(".json"))
    assert find_model(str(path)).card == COMPACT.card


def test_an_unknown_name_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(EngineError, match="no model 'csrnot'; there is compact"):
        find_model("csrnot")


def test_a_file_that_its_card_does_not_describe_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "compact.onnx"
    path.write_bytes(COMPACT.path.read_bytes() + b"x")
    shutil.copy(COMPACT.path.with_suffix(".json"), path.with_suffix(".json"))
    with pytest.raises(EngineError, match="is not the file that"):
        find_model(str(path))


def test_a_card_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.onnx"
    shutil.copy(COMPACT.path, path)
    path.with_suffix(".json").write_text("{}")
    with pytest.raises(EngineError, match=r"mine\.json is no model card"):
        find_model(str(path))


def test_a_precision_is_allowed_only_where_it_was_measured() -> None:
    assert COMPACT.allows("bf16")
    assert COMPACT.allows("fp16")
    assert not COMPACT.allows("int8")


def test_the_command_lists_names_and_prints_a_card() -> None:
    assert run().startswith("compact: ")
    assert COMPACT.sha256 in run("compact")
    assert [model["name"] for model in json.loads(run("--json"))] == [model.name for model in list_models()]
    assert json.loads(run("compact", "--json"))["card"]["parameters"] == 2107682


def test_a_model_without_a_card_or_with_a_bare_one_is_printed_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.onnx"
    shutil.copy(COMPACT.path, path)
    assert "no card" in run(str(path))
    bare = {"name": "mine", "network": "compact", "sha256": COMPACT.sha256, "written_by": "a later version"}
    path.with_suffix(".json").write_text(json.dumps(bare))
    assert find_model(str(path)).keep_fp32 == ()
    assert COMPACT.sha256 in run(str(path))


def test_the_shipped_int8_file_was_made_of_the_shipped_weights_and_counts_within_two_percent() -> None:
    made = find_int8(COMPACT)
    assert made.card is not None
    measured = made.card.quantised
    assert measured is not None
    assert measured.from_sha256 == COMPACT.sha256
    assert max(measured.total_error_percent, measured.mean_error_percent) <= 2
    assert measured.compared_on >= 70


def test_a_model_that_counts_something_else_than_people_watches_no_crowd() -> None:
    assert find_for_watch("compact") == find_model("compact")
    with pytest.raises(ModelError, match="unet-cells counts cells, not people: it cannot watch a crowd"):
        find_for_watch("unet-cells")
