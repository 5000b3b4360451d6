"""Rules run again over readings that were stored, without a picture."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
import yaml
from typer.testing import CliRunner, Result

from crushwatch.errors import SiteError, UnreadableError
from crushwatch.messages import RegionReading, encode
from support.service_messages import alert_event, reading
from workers.replay.command import replay
from workers.replay.stored import read_readings

BEGAN = datetime(2026, 11, 20, 21, 30, tzinfo=UTC)
SLOWLY_FULL = [1.0] * 60 + [1.0 + second / 60 for second in range(300)] + [6.0] * 60 + [1.0] * 180


def site_file(folder: Path, name: str = "site.yaml", **rules: object) -> Path:
    regions = {"front": {"polygon_px": [[0, 0], [1, 0], [1, 1]], "area_m2": 20}}
    camera = {"source": "sim:gate", "picture_size_px": [1280, 720], "regions": regions}
    path = folder / name
    site = {"id": "s", "timezone": "Asia/Seoul", "cameras": {"gate": camera, "stairs": camera}, "rules": rules}
    path.write_text(yaml.safe_dump(site))
    return path


def measured(density_per_m2: float, second: float, camera: str = "gate") -> RegionReading:
    return reading(
        at=BEGAN + timedelta(seconds=second), camera=camera, region="front", count=density_per_m2 * 20,
        density_per_m2=density_per_m2, peak_density_per_m2=density_per_m2, rate_per_m2_per_min=0.0,
    )  # fmt: skip


def recording(path: Path, readings: Sequence[RegionReading]) -> Path:
    path.write_bytes(b"".join(encode(each) + b"\n" for each in readings))
    return path


def slowly_full(path: Path) -> Path:
    return recording(path, [measured(density, second) for second, density in enumerate(SLOWLY_FULL)])


def run(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(replay)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def lines(result: Result) -> list[dict[str, object]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_stored_readings_are_judged_as_a_worker_judges_them(tmp_path: Path) -> None:
    *events, last = lines(run(slowly_full(tmp_path / "friday.jsonl"), "--site", site_file(tmp_path), "--json"))
    levels = [(event["change"], event["level"], event["at_s"]) for event in events if event["rule"] == "levels"]
    assert levels == [
        ("raised", "notice", 150.0), ("escalated", "caution", 210.0), ("escalated", "alert", 250.0),
        ("escalated", "critical", 310.0), ("cleared", "clear", 480.0),
    ]  # fmt: skip
    assert events[0]["captured_at"] == "2026-11-21T06:32:30+09:00"
    summary = last["summary"]
    assert isinstance(summary, dict)
    assert (summary["frames"], summary["duration_s"]) == (600, 599.0)
    assert summary["highest"]["gate/front"]["level"] == "critical"


def test_a_person_reads_the_time_of_the_place(tmp_path: Path) -> None:
    said = run(slowly_full(tmp_path / "friday.jsonl"), "--site", site_file(tmp_path)).stdout
    assert "2026-11-21 06:32:30  gate/front  levels raised notice: " in said


def test_another_site_file_is_set_beside(tmp_path: Path) -> None:
    """The stricter levels tell of everything a minute earlier; `alert` stands longer."""
    usual = site_file(tmp_path)
    stricter = site_file(tmp_path, "stricter.yaml", standing={"notice": 1.5, "caution": 2, "alert": 3, "critical": 4})
    film = slowly_full(tmp_path / "friday.jsonl")
    (told,) = lines(run(film, "--site", usual, "--against", stricter, "--json"))
    rows = told["compared"]
    assert isinstance(rows, list)
    (alert,) = [row["entries"] for row in rows if (row["rule"], row["level"]) == ("levels", "alert")]
    assert alert[str(usual)] == {"alerts": 1, "first_s": 250.0, "open_s": 230.0}
    assert alert[str(stricter)] == {"alerts": 1, "first_s": 190.0, "open_s": 290.0}
    table = run(film, "--site", usual, "--against", stricter).stdout
    assert "gate/front levels, alert" in table
    assert "1 from 2026-11-21 06:33:10 on, open 290 s" in table
    assert table.splitlines()[-1].startswith("open: the time at that level or above")
    assert told["began_at"] == "2026-11-21T06:30:00+09:00"


def test_against_its_own_site_file_nothing_differs(tmp_path: Path) -> None:
    film = slowly_full(tmp_path / "friday.jsonl")
    (told,) = lines(run(film, "--site", site_file(tmp_path), "--against", site_file(tmp_path, "same.yaml"), "--json"))
    rows = told["compared"]
    assert isinstance(rows, list)
    assert rows
    assert all(len({json.dumps(entry) for entry in row["entries"].values()}) == 1 for row in rows)


def test_cameras_are_judged_together_or_one_alone(tmp_path: Path) -> None:
    both = [measured(4.5, second, camera) for second in range(60) for camera in ("gate", "stairs")]
    film = recording(tmp_path / "both.jsonl", both)
    *events, last = lines(run(film, "--site", site_file(tmp_path), "--json"))
    assert {event["camera"] for event in events} == {"gate", "stairs"}
    assert last["summary"]["frames"] == 60  # type: ignore[index]
    *events, _ = lines(run(film, "--site", site_file(tmp_path), "--camera", "stairs", "--json"))
    assert {event["camera"] for event in events} == {"stairs"}
    assert "120 readings of 60 moments over 59.0 s, " in run(film, "--site", site_file(tmp_path)).stdout


def test_a_recording_of_which_the_site_file_has_no_region_is_refused_with_what_both_have(tmp_path: Path) -> None:
    film, site = recording(tmp_path / "old.jsonl", [measured(1.0, 0, "roof")]), site_file(tmp_path)
    error = run(film, "--site", site).exception
    assert isinstance(error, SiteError)
    said = f"nothing can be judged: the recording has roof/front; {site} has gate/front, stairs/front. "
    assert str(error) == said + "Take the site file of that day, or readings from after it was changed"


def test_a_camera_of_which_the_recording_has_nothing_is_refused_with_what_it_has(tmp_path: Path) -> None:
    film, site = slowly_full(tmp_path / "friday.jsonl"), site_file(tmp_path)
    error = run(film, "--site", site, "--camera", "stairs").exception
    assert isinstance(error, SiteError)
    assert str(error).startswith("nothing of camera stairs can be judged: the recording has gate/front; ")


def on_a_day_on_which_a_camera_was_calibrated(path: Path) -> Path:
    """Before it was, it had no regions: its whole picture was counted."""
    before = [measured(9.0, second).model_copy(update={"region": "picture"}) for second in range(30)]
    after = [measured(density, 30.0 + second) for second, density in enumerate(SLOWLY_FULL)]
    return recording(path, [*before, *after])


def test_what_the_site_file_no_longer_has_is_left_out_and_named_once(tmp_path: Path) -> None:
    film, site = on_a_day_on_which_a_camera_was_calibrated(tmp_path / "friday.jsonl"), site_file(tmp_path)
    told = run(film, "--site", site, "--json")
    *events, last = lines(told)
    *usual, without = lines(run(slowly_full(tmp_path / "later.jsonl"), "--site", site, "--json"))
    assert [(event["level"], event["at_s"]) for event in events] == [(event["level"], event["at_s"]) for event in usual]
    assert last["summary"] == without["summary"]
    assert last["left_out"] == [{"camera": "gate", "region": "picture", "readings": 30, "not_in": [str(site)]}]
    assert "left_out" not in without
    assert told.stderr == f"left out: gate/picture (30 readings): it is not in {site}\n"
    assert "left out" not in run(film, "--site", site).stdout


def test_what_one_of_two_site_files_does_not_have_is_left_out_of_both(tmp_path: Path) -> None:
    """A region that the other file renamed would stand there as one that never alerts."""
    usual, stricter = site_file(tmp_path), site_file(tmp_path, "stricter.yaml")
    stricter.write_text(stricter.read_text().replace("stairs:", "steps:"))
    both = [measured(4.5, second, camera) for second in range(60) for camera in ("gate", "roof", "stairs")]
    film = recording(tmp_path / "both.jsonl", both)
    told = run(film, "--site", usual, "--against", stricter, "--json")
    (said,) = lines(told)
    rows = said["compared"]
    assert isinstance(rows, list)
    assert {row["camera"] for row in rows} == {"gate"}
    assert told.stderr.splitlines() == [
        f"left out: roof/front (60 readings): it is not in {usual} nor in {stricter}",
        f"left out: stairs/front (60 readings): it is not in {stricter}",
    ]
    left_out = said["left_out"]
    assert isinstance(left_out, list)
    assert [(each["camera"], each["readings"]) for each in left_out] == [("roof", 60), ("stairs", 60)]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no readings in it"),
        (b"{}\n", ":1: no reading of `crushwatch readings`"),
        (encode(measured(1, 0)) + b"\nhalf a li", ":2: no reading of"),
        (encode(measured(1, 9)) + b"\n" + encode(measured(1, 0)), ":2: captured before the line above"),
        (encode(alert_event()), ":1: no reading but a message of the kind alert"),
        (b"\xff\xfe", "cannot be read"),
    ],
)
def test_a_file_that_is_no_recording_of_readings_is_refused_with_its_line(
    tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_bytes(content)
    with pytest.raises(UnreadableError, match=says):
        list(read_readings(path))
