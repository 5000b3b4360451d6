"""crushwatch tune and crushwatch engines, as a person types them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from workers.infer.commands import engines, tune


@pytest.fixture(autouse=True)
def kept_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "crushwatch" / "engines"


def run(command: typer.Typer, *arguments: str) -> str:
    result = CliRunner().invoke(command, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def tuning() -> typer.Typer:
    command = typer.Typer()
    command.command()(tune)
    return command


def test_an_engine_is_built_listed_and_dropped(kept_in: Path) -> None:
    run(engines, "build", "--shape", "96x64", "--precision", "fp32", "--engine", "openvino", "--batch", "1")
    (entry,) = json.loads(run(engines, "list", "--json"))["kept"]
    assert (entry["engine"], entry["name"], entry["precision"]) == ("openvino", "compact", "fp32")
    assert "openvino compact fp32" in run(engines, "list")
    assert run(engines, "clean").startswith("dropped 0")
    assert run(engines, "clean", "--all").startswith("dropped 1")
    assert list(kept_in.iterdir()) == []


def test_only_what_nobody_used_for_long_is_dropped(kept_in: Path) -> None:
    run(engines, "build", "--precision", "fp32", "--engine", "openvino", "--shape", "96x64")
    run(engines, "build", "--precision", "fp32", "--engine", "openvino", "--shape", "96x64", "--threads", "1")
    old = next(kept_in.glob("*.engine"))
    os.utime(old, (0, 0))
    assert run(engines, "clean", "--unused-days", "7").startswith("dropped 1")
    assert not old.exists()


def test_tune_says_what_each_plan_gave_and_keeps_the_best(tuning: typer.Typer, tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(
        "id: demo\ncameras: {gate: {source: 'sim:gate', engine_shape: [96, 64]}}\n"
        "worker: {engine: openvino, precision: fp32, batch_size: 2}\n"
    )
    said = json.loads(run(tuning, str(site), "--json").splitlines()[-1])
    assert said["kept"]["streams"] in [one["streams"] for one in said["measured"]]
    assert any(entry["engine"] == "openvino plan" for entry in json.loads(run(engines, "list", "--json"))["kept"])


def test_a_shape_that_the_network_cannot_take_is_refused(tuning: typer.Typer) -> None:
    assert CliRunner().invoke(tuning, ["--shape", "100x64"]).exit_code == 2
