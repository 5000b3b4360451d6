"""Count and density of real people under a calibrated camera, PETS 2009 S2.L1. Figures stand in docs/measurement.md."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import typer
from shapely.geometry import Polygon
from typer.testing import CliRunner

from crushwatch.ground import CameraGround
from crushwatch.ground.polygon import contains
from crushwatch.regions import RegionMeter
from crushwatch.site import load_site
from support.pets import Pets, pets
from workers.batch.letterbox import Letterbox
from workers.replay.truth import splat
from workers.validate.command import validate

pytestmark = pytest.mark.science


@pytest.fixture(scope="module")
def crossing(data_folder: Path) -> Pets:
    return pets(data_folder)


def test_true_heads_of_real_people_give_their_count_and_density_on_the_ground(crossing: Pets, tmp_path: Path) -> None:
    camera = load_site(crossing.site_file(tmp_path / "site.yaml")).cameras["view-1"]
    assert camera.ground is not None
    assert camera.picture_size_px is not None
    ground = CameraGround.fit(camera.ground, camera.picture_size_px)
    assert ground.reprojection_error_px is not None
    lattice = Letterbox.fit(camera.picture_size_px, camera.engine_shape).lattice(camera.picture_size_px)
    meter = RegionMeter.on_ground(camera.regions["crossing"], lattice, ground)
    found = [meter.measure(splat(heads_px, lattice)) for heads_px, _feet_m in crossing.frames.values()]
    true = np.array([contains(crossing.outline_m, feet_m).sum() for _heads_px, feet_m in crossing.frames.values()])
    counted = np.array([each.count for each in found])
    print(
        {
            "reprojection_px": round(ground.reprojection_error_px, 2),
            "focal_px": round(ground.pose.focal_px),
            "height_m": round(ground.pose.height_m, 2),
            "count_error": round(counted.sum() / true.sum() - 1, 4),
            "of_a_frame": round(float(np.abs(counted - true).mean()), 3),
        }
    )
    assert true.sum() == pytest.approx(sum(crossing.people_inside.values()), rel=0.02)
    assert Polygon(crossing.outline_m).area == pytest.approx(crossing.area_m2, rel=0.01)
    assert counted.sum() / true.sum() == pytest.approx(1, abs=0.05)
    densities = np.array([each.density_per_m2 for each in found])
    assert densities.mean() == pytest.approx(true.mean() / crossing.area_m2, rel=0.05)


def test_an_operator_validates_his_camera_on_his_own_labelled_frames(crossing: Pets, tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(validate)
    site = crossing.site_file(tmp_path / "site.yaml")
    said = CliRunner().invoke(app, ["--site", str(site), "--frames", str(crossing.folder), "--json"])
    assert said.exit_code == 0, said.output
    found = json.loads(said.stdout.splitlines()[-1])
    region = found["regions"]["crossing"]
    print({key: value for key, value in region.items() if key != "name"})
    assert region["pictures"] == 53
    assert region["true_count"] == pytest.approx(4.9, abs=0.2)
    assert abs(region["count_bias"]) < 1.5
    assert region["density_mae"] < 0.01
