"""A camera's own labelled frames: what they say of its counts, and what becomes of its band."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
import yaml
from typer.testing import CliRunner, Result

from crushwatch.commands.check import check as check_site
from crushwatch.errors import SiteError
from crushwatch.models import find_model
from crushwatch.models.band import BandTable, band_beside
from crushwatch.regions.band import Estimate, interval
from crushwatch.regions.count_check import CountCheck, check_path, read_check, tightened, too_few_alike
from crushwatch.simulate.scenario import open_scenario
from crushwatch.site import load_site
from workers.bands import open_bands
from workers.commands import count
from workers.counting.calibrate import FramePairs, Pair, judge_frames
from workers.counting.calibrate_command import calibrate_count

COMPACT = find_model("compact")
CELLS = 2000.0


@pytest.fixture(scope="module")
def table() -> BandTable:
    found = band_beside(COMPACT.path, COMPACT.sha256)
    assert found is not None, "the shipped model has a table of its errors; python -m bench.make_band compact"
    return found


def frames(counted: Sequence[float], true: Sequence[float]) -> list[FramePairs]:
    """One region a frame."""
    return [FramePairs((Pair(c, t, CELLS),), ()) for c, t in zip(counted, true, strict=True)]


def judged(pairs: Sequence[FramePairs], table: BandTable | None) -> CountCheck:
    return judge_frames(
        pairs, table, camera="gate", model_sha256="a" * 64, engine_shape=(640, 480), now=datetime.now(UTC)
    )


def test_counts_that_are_right_pass_and_tighten_the_band(table: BandTable) -> None:
    true = np.linspace(30, 40, 40)
    check = judged(frames(true + 0.2 * np.sin(np.arange(40)), true), table)
    assert check.passed
    assert check.inside_share == 1
    assert check.bias_people == pytest.approx(0, abs=0.1)
    own, model = (interval(Estimate(35, CELLS), each) for each in (tightened(table, check), table))
    assert model[0] < own[0] < 35 < own[1] < model[1]
    assert own == pytest.approx((35, 35), abs=0.5)


def test_a_camera_that_counts_too_many_fails_with_what_to_do(table: BandTable) -> None:
    true = np.linspace(20, 40, 30)
    check = judged(frames(true * 1.3, true), table)
    assert not check.passed
    assert check.bias_share == pytest.approx(0.3)
    assert "+9.0 people a region (+30 %), 15 % are borne: try another engine_shape" in check.faults[0]
    low, high = interval(Estimate(39, CELLS), tightened(table, check))
    assert low == pytest.approx(30, abs=0.3)
    assert high == 39


def test_ten_frames_say_whether_the_counts_are_right_but_make_no_band(table: BandTable) -> None:
    check = judged(frames([31] * 10, [30] * 10), table)
    assert check.passed
    assert check.count == ()
    assert tightened(table, check) == table


def test_fewer_frames_say_nothing_but_how_many_are_needed(table: BandTable) -> None:
    said = ("too few frames: 7, and 10 are needed to say anything; label 3 more",)
    assert judged(frames([30] * 7, [30] * 7), table).faults == said
    assert judged(frames([90] * 7, [30] * 7), table).faults == said, "no advice from a bias that nobody can trust"


def test_a_band_that_does_not_hold_fails_where_there_is_none_of_the_cameras_own(table: BandTable) -> None:
    check = judged(frames([30] * 12, [18, 42] * 6), table)
    assert check.bias_people == 0
    assert check.inside_share == 0
    assert "0 times in a hundred only" in check.faults[0]
    assert "12 frames, of which at most 12 are of one level of crowding; 19 of one level" in check.faults[0]


def test_frames_of_several_levels_of_crowding_say_how_many_of_one_there_are_and_are_needed(table: BandTable) -> None:
    check = judged(frames([2] * 10 + [60] * 12, [2] * 10 + [60] * 12), table)
    assert check.count == ()
    said = too_few_alike(check)
    assert said.startswith("22 frames, of which at most 12 are of one level of crowding; 19 of one level make a band")
    assert too_few_alike(judged(frames([2], [2]), table)).startswith("1 frame, of which at most 1 is of one level")


def test_a_square_where_nobody_is_passes_when_nobody_is_counted(table: BandTable) -> None:
    assert judged(frames([0.1] * 12, [0] * 12), table).passed
    assert judged(frames([4.0] * 12, [0] * 12), table).faults[0].startswith("+4.0 people a region where nobody was")


def test_quiet_hours_say_nothing_of_a_packed_crowd(table: BandTable) -> None:
    true = np.linspace(3, 7, 30)
    own = tightened(table, judged(frames(true, true), table))
    assert interval(Estimate(300, CELLS), own) == interval(Estimate(300, CELLS), table)
    assert interval(Estimate(5, CELLS), own)[1] < interval(Estimate(5, CELLS), table)[1]


def test_without_a_table_bias_and_pass_are_told_all_the_same() -> None:
    check = judged(frames([31] * 20, [30] * 20), None)
    assert check.passed
    assert check.inside_share is None


def test_the_worker_takes_the_check_of_this_model_at_this_size_and_no_other(tmp_path: Path, table: BandTable) -> None:
    path = site_with(tmp_path)
    site = load_site(path)
    assert open_bands(COMPACT, path, site) == {"gate": table}
    check = judged(frames([30] * 30, [30] * 30), table)
    for sha256, shape, is_taken in (
        (COMPACT.sha256, (160, 128), True),
        (COMPACT.sha256, (640, 480), False),
        ("b" * 64, (160, 128), False),
    ):
        write(path, check.model_copy(update={"model_sha256": sha256, "engine_shape": shape}))
        assert (open_bands(COMPACT, path, site)["gate"].own_frames == 30) is is_taken
    check_path(path, "gate").write_text("{}")
    assert open_bands(COMPACT, path, site) == {"gate": table}
    with pytest.raises(SiteError, match=r"gate\.json is no check of counts"):
        read_check(path, "gate")


def test_a_command_that_has_too_few_frames_fails_and_says_how_many_it_needs(tmp_path: Path) -> None:
    result = run(site_with(tmp_path), "gate", frames_in(tmp_path / "frames", 4))
    assert result.exit_code == 1, result.output
    assert "FAIL: too few frames: 4, and 10 are needed to say anything; label 6 more" in result.output


def test_frames_that_are_too_few_to_say_anything_leave_nothing_of_which_a_worker_would_warn(
    tmp_path: Path, table: BandTable
) -> None:
    path, folder = site_with(tmp_path), frames_in(tmp_path / "frames", 7)
    not_written = f"{check_path(path, 'gate')}: not written, for so few frames say nothing to the worker"
    assert not_written in run(path, "gate", folder).output.splitlines()
    assert not check_path(path, "gate").exists()
    before = judged(frames([30] * 12, [30] * 12), table)
    write(path, before)
    assert f"{not_written}; the check of 12 frames made on " in run(path, "gate", folder, "--replace").output
    assert read_check(path, "gate") == before
    told = json.loads(run(path, "gate", folder, "--json").stdout)
    assert (told["written"], told["replaced_frames"]) == (False, None)


def test_a_check_that_fails_by_its_counts_is_written_for_they_are_as_far_off_in_the_watch(tmp_path: Path) -> None:
    path, folder = site_with(tmp_path), frames_in(tmp_path / "frames", 12, heads=[[80, 60]] * 9)
    told = json.loads(run(path, "gate", folder, "--hours-apart", "--json").stdout)
    assert (told["passed"], told["written"]) == (False, True)
    check = read_check(path, "gate")
    assert check is not None
    assert not check.passed


def test_frames_of_one_moment_make_no_check_unless_somebody_says_that_they_are_hours_apart(tmp_path: Path) -> None:
    path, folder = site_with(tmp_path), frames_in(tmp_path / "frames", 12)
    labels = {f"{number}.png": [[80, 60]] * (40 + number % 3) for number in range(12)}
    (folder / "heads.json").write_text(json.dumps(labels))
    refused = run(path, "gate", folder).exception
    assert isinstance(refused, SiteError)
    assert "40 to 42 people in each of 12 frames: so alike are frames of one moment" in str(refused)
    assert "frames of the same quarter of an hour count as one, so the band would be too narrow" in str(refused)
    assert "--hours-apart where they are" in str(refused)
    assert not check_path(path, "gate").exists()
    assert "warning: 40 to 42 people in each of 12 frames" in run(path, "gate", folder, "--dry-run").output
    stood_by = json.loads(run(path, "gate", folder, "--hours-apart", "--json").stdout)
    assert (stood_by["warnings"], stood_by["written"]) == ([], True)
    assert (stood_by["fewest_people"], stood_by["most_people"]) == (40, 42)


def test_it_is_always_said_how_far_the_frames_lie_apart(tmp_path: Path) -> None:
    path, folder = site_with(tmp_path), frames_in(tmp_path / "frames", 10)
    (folder / "heads.json").write_text(json.dumps({f"{n}.png": [[80, 60]] * (n * 3) for n in range(10)}))
    said = run(path, "gate", folder, "--dry-run").output
    assert "people: 0 to 27 a frame; frames of the same quarter of an hour count as one" in said
    assert "warning" not in said


def test_where_nobody_watches_no_progress_is_shown(tmp_path: Path) -> None:
    result = run(site_with(tmp_path), "gate", frames_in(tmp_path / "frames", 2))
    assert (result.exit_code, result.stderr) == (1, "")


def test_a_command_counts_the_frames_and_writes_what_it_found_beside_the_site_file(tmp_path: Path) -> None:
    path, folder = site_with(tmp_path), frames_in(tmp_path / "frames", 20)
    (folder / "points.csv").write_text("file,x,y\n")
    result = run(path, "gate", folder)
    assert result.exit_code == 0, result.output
    assert f"labels: {folder / 'heads.json'} (not read: points.csv)" in result.output
    assert "gate: 20 frames of 1 region, 0.0 people a region" in result.output
    assert "PASS" in result.output
    check = read_check(path, "gate")
    assert check is not None
    assert check.is_of(COMPACT.sha256, (160, 128))
    assert [level.pictures for level in check.count] == [20]
    assert open_bands(COMPACT, path, load_site(path))["gate"].own_frames == 20


def test_a_program_gets_one_object_and_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    path, folder = site_with(tmp_path), frames_in(tmp_path / "frames", 12, heads=[[80, 60]] * 9)
    result = run(path, "gate", folder, "--json", "--dry-run")
    assert result.exit_code == 1
    said = json.loads(result.stdout)
    assert (said["passed"], said["frames"], said["mean_people"]) == (False, 12, 9.0)
    assert said["labels"] == str(folder / "heads.json")
    assert said["bias_share"] < -0.9
    assert len(said["band"]) == len(said["model_band"]) == 2
    assert not check_path(path, "gate").exists()


def test_a_check_of_far_fewer_frames_takes_the_place_of_another_only_if_that_is_said(
    tmp_path: Path, table: BandTable
) -> None:
    path = site_with(tmp_path)
    before = judged(frames([30] * 22, [30] * 22), table).model_copy(
        update={"model_sha256": COMPACT.sha256, "engine_shape": (160, 128)}
    )
    write(path, before)
    few, half = frames_in(tmp_path / "few", 10), frames_in(tmp_path / "half", 11)
    refused = run(path, "gate", few)
    assert isinstance(refused.exception, SiteError)
    assert "the check of 22 frames made on " in str(refused.exception)
    assert "here are 10 frames, fewer than half; label more, --replace" in str(refused.exception)
    assert read_check(path, "gate") == before
    assert run(path, "gate", few, "--dry-run").exit_code == 0
    assert "replaces the check of 22 frames made on " in run(path, "gate", half).output
    write(path, before)
    assert "replaces the check of 22 frames made on " in run(path, "gate", few, "--replace").output
    write(path, before.model_copy(update={"model_sha256": "b" * 64}))
    assert json.loads(run(path, "gate", few, "--json").stdout)["replaced_frames"] == 22, "the worker did not read it"


def test_one_frame_is_called_one_frame(tmp_path: Path) -> None:
    said = run(site_with(tmp_path), "gate", frames_in(tmp_path / "frames", 1), "--dry-run").output
    assert "gate: 1 frame of 1 region" in said
    assert "the model's: 1 frame, of which at most 1 is of one level of crowding" in said
    assert "1 frames" not in said


@pytest.mark.parametrize("shape", [None, "640x480"], ids=["as count does it", "at the camera's engine_shape"])
def test_labels_that_nobody_corrected_make_no_check_unless_somebody_stands_by_them(
    tmp_path: Path, shape: str | None
) -> None:
    path, folder = site_with(tmp_path, engine_shape=[640, 480]), counted_frames(tmp_path / "frames", shape)
    refused = run(path, "gate", folder)
    assert isinstance(refused.exception, SiteError)
    assert "the labels of all frames with heads are what the model counts itself" in str(refused.exception)
    assert "--labels-checked" in str(refused.exception)
    assert not check_path(path, "gate").exists()
    tried = run(path, "gate", folder, "--dry-run").output
    assert "warning: the labels of all frames with heads are what the model counts itself" in tried
    stood_by = run(path, "gate", folder, "--labels-checked", "--json")
    assert json.loads(stood_by.stdout)["warnings"] == []


def test_who_corrected_the_first_frames_alone_is_told_how_many_are_left(tmp_path: Path) -> None:
    path, folder = site_with(tmp_path, engine_shape=[640, 480]), counted_frames(tmp_path / "frames", "640x480")
    heads = json.loads((folder / "heads.json").read_text())
    assert len(heads["0.png"]) > 10
    heads["0.png"].append([5.0, 5.0])
    (folder / "heads.json").write_text(json.dumps(heads))
    (warning,) = json.loads(run(path, "gate", folder, "--json").stdout)["warnings"]
    assert warning.startswith("the labels of 2 of 3 frames with heads are what the model counts itself")
    heads["1.png"] = heads["1.png"][1:]
    (folder / "heads.json").write_text(json.dumps(heads))
    assert json.loads(run(path, "gate", folder, "--json").stdout)["warnings"] == []


def counted_frames(folder: Path, shape: str | None) -> Path:
    """Three pictures of a crowd, with the labels that `crushwatch count` gives them."""
    scenario = open_scenario("gate", (960, 720))
    (folder / "images").mkdir(parents=True)
    for number, second in enumerate((60.0, 70.0, 80.0)):
        rgb = scenario.frame(second).image
        cv2.imwrite(str(folder / "images" / f"{number}.png"), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    counting = typer.Typer()
    counting.command()(count)
    words = ["--points", str(folder / "heads.json"), "--engine", "openvino", *(["--shape", shape] if shape else [])]
    assert CliRunner().invoke(counting, [str(folder / "images"), *words]).exit_code == 0
    return folder


def test_an_unknown_camera_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    result = run(site_with(tmp_path), "gaet", tmp_path)
    assert isinstance(result.exception, SiteError)
    assert "no camera 'gaet'; there are gate" in str(result.exception)


def site_with(folder: Path, engine_shape: Sequence[int] = (160, 128)) -> Path:
    path = folder / "site.yaml"
    camera = {"source": "sim:calm", "engine_shape": list(engine_shape)}
    path.write_text(yaml.safe_dump({"id": "venue", "cameras": {"gate": camera}, "worker": {"engine": "openvino"}}))
    return path


def frames_in(folder: Path, number: int, heads: Sequence[Sequence[float]] = ()) -> Path:
    """Grey pictures, in which nobody is, labelled all the same."""
    (folder / "images").mkdir(parents=True)
    for index in range(number):
        cv2.imwrite(str(folder / "images" / f"{index}.png"), np.full((120, 160, 3), 100 + index, np.uint8))
    (folder / "heads.json").write_text(json.dumps({f"{index}.png": list(heads) for index in range(number)}))
    return folder


def write(site: Path, check: CountCheck) -> None:
    path = check_path(site, "gate")
    path.parent.mkdir(exist_ok=True)
    path.write_text(check.model_dump_json())


def run(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(calibrate_count)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_check_shows_what_was_found_and_warns_of_a_damaged_file(tmp_path: Path, table: BandTable) -> None:
    path = site_with(tmp_path)
    write(path, judged(frames([30] * 30, [30] * 30), table))
    app = typer.Typer()
    app.command()(check_site)
    assert "count_check passed, count_check_frames 30" in CliRunner().invoke(app, [str(path)]).output
    check_path(path, "gate").write_text("{}")
    damaged = CliRunner().invoke(app, [str(path)])
    assert damaged.exit_code == 0  # the worker starts all the same
    assert "warning: " in damaged.output
    assert "gate.json is no check of counts" in damaged.output


@pytest.mark.parametrize("camera", ["folder", "n" * 300], ids=["a-folder", "a-name-too-long"])
def test_a_check_that_the_system_refuses_is_told_as_one_and_not_as_a_crash(tmp_path: Path, camera: str) -> None:
    (tmp_path / "count-checks" / "folder.json").mkdir(parents=True)
    with pytest.raises(SiteError, match="cannot be read"):
        read_check(tmp_path / "site.yaml", camera)
