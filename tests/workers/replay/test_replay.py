"""Rules run over recordings: true ones as `crushwatch simulate --truth` writes them, and filmed ones."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import typer
import yaml
from typer.testing import CliRunner, Result

from crushwatch.errors import CrushwatchError, SiteError, SourceError
from crushwatch.simulate import open_scenario
from crushwatch.site import load_site
from support.synthetic_camera import SyntheticCamera
from workers.replay.command import replay
from workers.replay.truth import read_truth, splat, true_moments

CAMERA = SyntheticCamera(height_m=8, tilt_deg=35, focal_px=900)
BOX = [[-3, 8], [3, 8], [3, 14], [-3, 14]]
AREA_M2 = 36.0


def site_file(folder: Path, **more: object) -> Path:
    camera = {
        "source": "sim:gate",
        "picture_size_px": list(CAMERA.size_px),
        "ground": CAMERA.ground().model_dump(mode="json"),
        "regions": {"front": {"polygon_m": BOX}},
        "gates": {"south": {"into": "front", "line_m": [[-3, 8], [3, 8]]}},
    }
    path = folder / "site.yaml"
    path.write_text(yaml.safe_dump({"id": "s", "cameras": {"gate": camera}} | more))
    return path


def truth_file(path: Path, densities: list[float], *, begin_s: float = 7.0) -> Path:
    """One frame a second; everybody walks north at 0.4 m/s."""
    random, frames = np.random.default_rng(0), []
    for second, density in enumerate(densities):
        feet = random.uniform((-3, 8), (3, 14), (round(density * AREA_M2), 2))
        heads = CAMERA.project(np.column_stack([feet, np.full(len(feet), 1.6)])) if len(feet) else feet
        frames.append((begin_s + second, heads, feet, np.tile([0.0, 0.4], (len(feet), 1))))
    if path.suffix == ".json":
        names = ("time_s", "heads_px", "feet_m", "velocities_m_s")
        made = [{name: np.asarray(value).tolist() for name, value in zip(names, row, strict=True)} for row in frames]
        path.write_text(json.dumps({"size_px": CAMERA.size_px, "frames": made}))
        return path
    with h5py.File(path, "w") as file:
        file.attrs["size_px"] = json.dumps(CAMERA.size_px)
        file["time_s"] = [row[0] for row in frames]
        file["people"] = [len(row[1]) for row in frames]
        for column, name in enumerate(("heads_px", "feet_m", "velocities_m_s"), start=1):
            file[name] = np.concatenate([row[column] for row in frames])
    return path


def run(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(replay)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def told(result: Result) -> tuple[list[dict[str, object]], dict[str, object]]:
    assert result.exit_code == 0, result.output
    *events, last = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    return events, last["summary"]


GROWING = [0.5] * 40 + [0.5 + 0.05 * second for second in range(120)]


def test_a_growing_crowd_is_foreseen_and_raised_in_the_recordings_own_time(tmp_path: Path) -> None:
    truth = truth_file(tmp_path / "crowd.json", GROWING)
    events, summary = told(run(truth, "--site", site_file(tmp_path), "--json"))
    first = {str(event["rule"]): float(str(event["at_s"])) for event in reversed(events)}
    assert first["forecast"] < 130  # 5 per m2 is passed at second 130
    assert 40 < first["rise"] < 130
    assert [event["level"] for event in events if event["rule"] == "levels"][-1] == "critical"
    assert summary["frames"] == 160
    assert summary["duration_s"] == 159
    front = summary["highest"]["front"]  # type: ignore[index]
    assert front["level"] == "critical"
    assert front["density_per_m2"] == pytest.approx(6.4, rel=0.06)
    assert front["speed_m_s"] == pytest.approx(0.4, rel=0.05)


def test_a_calm_crowd_raises_nothing(tmp_path: Path) -> None:
    truth = truth_file(tmp_path / "crowd.json", [1.0] * 120)
    events, summary = told(run(truth, "--site", site_file(tmp_path), "--json"))
    assert events == []
    assert summary["events"] == 0


def test_as_text_each_alert_is_said_once_and_each_regions_highest_figures_in_words(tmp_path: Path) -> None:
    truth = truth_file(tmp_path / "crowd.json", [4.5] * 30)
    command = [Path(sys.executable).with_name("crushwatch"), "replay", truth, "--site", site_file(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    *alerts, counted, highest = done.stdout.splitlines()
    assert all("front  levels raised " in alert for alert in alerts)
    assert counted == "30 frames over 29.0 s, 1 event"
    said = r"highest in front: critical, \d+ people, \d\.\d people/m², \d\.\d over 3 m × 3 m, 0\.4 m/s.*"
    assert re.fullmatch(said, highest), highest


def test_a_caller_in_the_same_process_hears_no_alert_of_the_recording_and_keeps_its_own_log(
    tmp_path: Path,
) -> None:
    judges = logging.getLogger("crushwatch.workers.judge")
    judges.setLevel(logging.INFO)
    try:
        said = run(truth_file(tmp_path / "crowd.json", [4.5] * 30), "--site", site_file(tmp_path), "--json").output
        assert judges.level == logging.INFO
        assert "raised" in said
        assert all(line.startswith("{") for line in said.splitlines()), said
    finally:
        judges.setLevel(logging.NOTSET)


def test_hdf5_says_what_json_says(tmp_path: Path) -> None:
    site, ends = site_file(tmp_path), (".json", ".h5")
    said = [told(run(truth_file(tmp_path / f"c{end}", GROWING[::2]), "--site", site, "--json")) for end in ends]
    assert said[0] == said[1]


def test_the_sites_own_thresholds_are_run(tmp_path: Path) -> None:
    truth = truth_file(tmp_path / "crowd.json", [1.5] * 60)
    lower = {"rules": {"standing": {"notice": 0.5, "caution": 0.7, "alert": 0.9, "critical": 9}}}
    events, _summary = told(run(truth, "--site", site_file(tmp_path, **lower), "--json"))
    assert [(event["rule"], event["level"]) for event in events] == [("levels", "alert")]


def test_the_recording_of_a_camera_that_is_switched_off_is_judged_as_well(tmp_path: Path) -> None:
    site = site_file(tmp_path)
    site.write_text(site.read_text().replace("    gates:", "    enabled: false\n    gates:"))
    assert not load_site(site).cameras["gate"].enabled
    events, _summary = told(run(truth_file(tmp_path / "crowd.json", [5.5] * 30), "--site", site, "--json"))
    assert "critical" in [event["level"] for event in events if event["rule"] == "levels"]


def test_as_text_a_person_reads_when_and_why(tmp_path: Path) -> None:
    result = run(truth_file(tmp_path / "crowd.json", [5.5] * 30), "--site", site_file(tmp_path))
    assert "levels raised critical: " in result.stdout
    assert "threshold 5.0" in result.stdout
    assert "30 frames over 29.0 s" in result.stdout


def test_a_film_is_counted_by_the_sites_model(tmp_path: Path) -> None:
    from crushwatch.simulate.record import video_writer

    scenario, clip = open_scenario("gate"), tmp_path / "gate.mp4"
    with video_writer(clip, scenario) as write:
        for number in range(30):
            write(number / 10, scenario.frame(150 + number / 10))
    camera = scenario.camera().model_dump(mode="json", exclude_defaults=True)
    site = tmp_path / "site.yaml"
    site.write_text(yaml.safe_dump({"id": "s", "cameras": {"gate": camera}}))
    _events, summary = told(run(clip, "--site", site, "--json"))
    assert summary["frames"] == 6
    gate = summary["highest"]["before-gate"]  # type: ignore[index]
    assert gate["density_per_m2"] > 3
    assert 0 < gate["speed_m_s"] < 1


@pytest.mark.parametrize(
    ("text", "word"),
    [("{}", "size_px"), ("no json", "JSONDecodeError"), ('{"size_px": [4, 4], "frames": []}', "no frames")],
)
def test_a_file_that_is_no_truth_is_refused(tmp_path: Path, text: str, word: str) -> None:
    path = tmp_path / "broken.json"
    path.write_text(text)
    with pytest.raises(SourceError, match=word):
        read_truth(path)


def test_of_several_cameras_one_must_be_named(tmp_path: Path) -> None:
    path = site_file(tmp_path)
    site = yaml.safe_load(path.read_text())
    site["cameras"]["hall"] = {"source": "sim:calm"}
    path.write_text(yaml.safe_dump(site))
    truth = truth_file(tmp_path / "crowd.json", [1.0] * 3)
    for extra in ((), ("--camera", "nowhere")):
        result = run(truth, "--site", path, *extra)
        assert isinstance(result.exception, SiteError)
        assert "there are gate, hall" in str(result.exception)
    assert run(truth, "--site", path, "--camera", "gate").exit_code == 0


def test_a_recording_that_is_not_there_is_named(tmp_path: Path) -> None:
    for name in ("nothing.mp4", "nothing.json", "nothing.h5"):
        result = run(tmp_path / name, "--site", site_file(tmp_path))
        assert isinstance(result.exception, CrushwatchError), name
        assert name in str(result.exception)


def test_every_true_head_inside_the_picture_is_counted_once(tmp_path: Path) -> None:
    from crushwatch.site import load_site

    camera = load_site(site_file(tmp_path)).cameras["gate"]
    moments = list(true_moments(truth_file(tmp_path / "crowd.json", [2.0, 3.0]), camera))
    assert [moment.people.sum() for moment in moments] == pytest.approx([72, 108], rel=1e-5)
    assert moments[0].time_s == 0.0
    assert splat(np.array([[-50.0, 3.0], [5000.0, 3.0]]), moments[0].lattice).sum() == 0
