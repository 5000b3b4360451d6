"""The site file that a scenario gives: something that works, to begin with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from crushwatch.commands.check import check
from crushwatch.errors import SiteError
from crushwatch.ground import CameraGround
from crushwatch.simulate import open_scenario, scenario_names
from crushwatch.simulate.command import simulate
from crushwatch.site import load_site


def run(command: object, *arguments: object) -> Result:
    app = typer.Typer()
    app.command()(command)  # type: ignore[type-var]  # any command
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.parametrize("name", [name for name in scenario_names() if name != "evacuation"])
def test_the_site_file_of_a_scenario_has_no_faults_and_no_warnings(tmp_path: Path, name: str) -> None:
    path = tmp_path / "site.yaml"
    assert run(simulate, name, "--site", path).exit_code == 0
    told = json.loads(run(check, path, "--json").stdout)
    assert (told["ok"], told["warnings"]) == (True, [])


def test_it_says_what_the_simulator_knows_of_its_own_camera(tmp_path: Path) -> None:
    path, scenario = tmp_path / "site.yaml", open_scenario("gate")
    assert json.loads(run(simulate, "gate", "--site", path, "--json").stdout) == {"scenario": "gate", "site": str(path)}
    camera = load_site(path).cameras["gate"]
    known = scenario.camera()
    assert (camera.regions, camera.obstacles, camera.source) == (known.regions, known.obstacles, known.source)
    assert camera.ground is not None
    assert camera.picture_size_px is not None
    ground = CameraGround.fit(camera.ground, camera.picture_size_px)
    assert ground.pose.height_m == pytest.approx(scenario.pinhole.height_m, rel=0.02)
    assert ground.reprojection_error_px == pytest.approx(0, abs=0.1)


def test_a_site_file_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text("mine")
    refused = run(simulate, "gate", "--site", path, "--out", tmp_path / "clip.mp4", "--duration", "0.1")
    assert isinstance(refused.exception, SiteError)
    assert str(refused.exception) == f"--site {path}: already there; take another name"
    assert path.read_text() == "mine"
    assert [each.name for each in tmp_path.iterdir()] == ["site.yaml"]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    refused = run(simulate, "gate", "--site", tmp_path / "nowhere" / "site.yaml")
    assert isinstance(refused.exception, SiteError)
    assert "cannot be written: No such file or directory" in str(refused.exception)
