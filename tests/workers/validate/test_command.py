"""`crushwatch validate` on an operator's own labelled frames."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
import yaml
from typer.testing import CliRunner, Result

from crushwatch.errors import SiteError, SourceError
from crushwatch.simulate import open_scenario
from workers.validate.command import validate


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, np.ndarray]]:
    """Two pictures of the gate in a folder, their heads, and a site file of its camera."""
    folder, gate = tmp_path_factory.mktemp("frames"), open_scenario("gate", (640, 360))
    (folder / "images").mkdir()
    heads = {}
    for time_s in (75.0, 90.0):
        frame, name = gate.frame(time_s), f"at-{time_s:.0f}.png"
        cv2.imwrite(str(folder / "images" / name), frame.image[..., ::-1])
        heads[name] = frame.heads_px
    camera = gate.camera()
    told = camera.model_dump(mode="json", exclude_defaults=True) | {"source": camera.source.reveal()}
    (folder / "site.yaml").write_text(yaml.safe_dump({"id": "venue", "cameras": {"gate": told}}))
    return folder, heads


def as_json(path: Path, heads: dict[str, np.ndarray]) -> None:
    (path / "heads.json").write_text(json.dumps({name: points.tolist() for name, points in heads.items()}))


def as_csv(path: Path, heads: dict[str, np.ndarray]) -> None:
    with (path / "points.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "x", "y"])
        writer.writerows([name, x, y] for name, points in heads.items() for x, y in points)


def as_coco(path: Path, heads: dict[str, np.ndarray]) -> None:
    images = [{"id": number, "file_name": name} for number, name in enumerate(heads)]
    annotations = [
        {"image_id": number, "keypoints": [x, y, 2]} for number, points in enumerate(heads.values()) for x, y in points
    ]
    (path / "annotations.json").write_text(json.dumps({"images": images, "annotations": annotations}))


def run(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(validate)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.parametrize("write", [as_json, as_csv, as_coco])
def test_labels_of_every_form_give_bias_and_error_of_count_and_density(
    drawn: tuple[Path, dict[str, np.ndarray]],
    tmp_path: Path,
    write: Callable[[Path, dict[str, np.ndarray]], None],
) -> None:
    folder, heads = drawn
    (tmp_path / "images").symlink_to(folder / "images")
    write(tmp_path, heads)
    result = run("--site", folder / "site.yaml", "--camera", "gate", "--frames", tmp_path, "--json")
    assert result.exit_code == 0, result.output
    assert "in the 90 % band" in result.stdout
    found = json.loads(result.stdout.splitlines()[-1])
    region = found["regions"]["before-gate"]
    assert (found["camera"], found["frames"], region["pictures"]) == ("gate", 2, 2)
    assert region["true_per_m2"] > 1.5
    assert abs(region["count_bias"]) <= region["count_mae"] < 0.4 * region["true_count"]
    assert abs(region["density_bias"]) <= region["density_mae"]


def test_a_folder_without_labels_is_refused_and_the_forms_are_named(
    drawn: tuple[Path, dict[str, np.ndarray]], tmp_path: Path
) -> None:
    for frames, word in ((tmp_path, "points.csv"), (tmp_path / "nowhere", "no such folder")):
        result = run("--site", drawn[0] / "site.yaml", "--frames", frames)
        assert isinstance(result.exception, SourceError)
        assert word in str(result.exception)


def test_frames_of_another_camera_are_refused(drawn: tuple[Path, dict[str, np.ndarray]], tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    cv2.imwrite(str(tmp_path / "images" / "square.png"), np.zeros((480, 480, 3), np.uint8))
    as_json(tmp_path, {"square.png": np.zeros((0, 2))})
    result = run("--site", drawn[0] / "site.yaml", "--frames", tmp_path)
    assert isinstance(result.exception, SiteError)
    assert "480 x 480" in str(result.exception)


def test_frames_need_a_site_and_a_site_needs_frames(drawn: tuple[Path, dict[str, np.ndarray]], tmp_path: Path) -> None:
    for arguments in (("--frames", tmp_path), ("--site", drawn[0] / "site.yaml")):
        result = run(*arguments)
        assert isinstance(result.exception, SiteError)
        assert "go together" in str(result.exception)
    result = run("--site", drawn[0] / "site.yaml", "--camera", "hall", "--frames", tmp_path)
    assert "no camera 'hall'; there are gate" in str(result.exception)
