from __future__ import annotations

import json
import math
import os
import re
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from crushwatch.errors import CrushwatchError, EngineError, SiteError, SourceError, UnreadableError
from crushwatch.models import find_model
from crushwatch.models.band import band_beside, band_path
from crushwatch.regions.band import Estimate, interval
from crushwatch.simulate import open_scenario
from support.clips import make_clip
from support.rtsp_server import RtspServer
from workers.commands import count


def run(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(count)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def rows(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A picture of odd size without a soul in it."""
    path = tmp_path / "empty.png"
    cv2.imwrite(str(path), np.full((75, 101, 3), 128, np.uint8))
    return path


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds at 25 frames a second."""
    return make_clip(tmp_path_factory.mktemp("clip") / "walk.mp4", size_px=(160, 120), frames=50)


def test_an_image_gives_one_line_for_a_person(image: Path) -> None:
    result = run(image)
    assert result.exit_code == 0
    assert result.stdout == f"{image}: 0.0 people, 0 to 1\n"
    assert result.stderr == ""


def test_a_model_of_cells_counts_cells(image: Path) -> None:
    result = run(image, "--model", "unet-cells")
    assert result.exit_code == 0
    assert result.stdout.rstrip().endswith(" cells")


def test_an_image_gives_one_object_for_a_program(image: Path) -> None:
    (row,) = rows(run(image, "--json"))
    assert list(row) == ["source", "frame", "time_s", "count", "count_low", "count_high", "model", "engine", "ms"]
    assert (row["source"], row["frame"], row["time_s"], row["model"]) == (str(image), 0, 0.0, "compact")
    assert row["engine"] == "openvino"
    assert 0 <= float(str(row["count"])) < 0.1


def test_a_count_comes_with_the_interval_that_a_region_of_the_whole_picture_has(tmp_path: Path) -> None:
    crowd = tmp_path / "crowd.png"
    image = open_scenario("gate", (640, 352)).frame(100).image
    cv2.imwrite(str(crowd), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    (row,) = rows(run(crowd, "--json"))
    count, low, high = (float(str(row[key])) for key in ("count", "count_low", "count_high"))
    assert count > 20
    model = find_model("compact")
    table = band_beside(model.path, model.sha256)
    assert table is not None
    assert (low, high) == pytest.approx(interval(Estimate(count, 80 * 44), table), abs=0.02)
    said = run(crowd).stdout
    assert said == f"{crowd}: {count:.1f} people, {math.floor(low)} to {math.ceil(high)}\n"


@pytest.mark.parametrize(
    ("table", "said"),
    [(None, "no interval: the errors of mine were never measured"), ("{}", "is no table of a model's errors")],
    ids=["none", "a broken one"],
)
def test_a_model_whose_errors_nobody_measured_counts_without_an_interval_and_says_so_once(
    image: Path, tmp_path: Path, table: str | None, said: str
) -> None:
    model = tmp_path / "mine.onnx"
    shutil.copyfile(find_model("compact").path, model)
    if table is not None:
        band_path(model).write_text(table)
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        shutil.copyfile(image, folder / name)
    result = run(folder, "--model", model, "--json")
    assert result.exit_code == 0, result.output
    assert [(row["count_low"], row["count_high"]) for row in rows(result)] == [(None, None)] * 2
    assert result.stderr.count("no interval: ") == 1
    assert said in result.stderr
    assert run(image, "--model", model).stdout == f"{image}: 0.0 people\n"


def test_an_unreadable_image_in_a_folder_is_said_and_the_rest_goes_on(image: Path) -> None:
    folder = image.parent
    (folder / "broken.jpg").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("no picture either, and none is expected")
    cv2.imwrite(str(folder / "other.jpg"), np.zeros((64, 64, 3), np.uint8))
    result = run(folder, "--json")
    assert result.exit_code == 1
    assert "broken.jpg: no image that can be decoded" in result.stderr
    assert "notes.txt" not in result.stderr
    assert [Path(str(row["source"])).name for row in rows(result)] == ["empty.png", "other.jpg"]


def test_a_single_unreadable_image_is_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(b"")
    result = run(path)
    assert isinstance(result.exception, UnreadableError)
    assert str(result.exception) == f"{path}: no image that can be decoded"


def test_a_video_gives_a_picture_every_so_many_seconds(clip: Path) -> None:
    result = run(clip, "--json", "--every", 0.5)
    assert result.exit_code == 0
    assert [row["time_s"] for row in rows(result)] == [0.0, 0.48, 1.0, 1.48]
    assert [row["frame"] for row in rows(result)] == [0, 12, 25, 37]


def test_a_video_gives_every_picture_when_asked_and_stops_after_as_many_as_wanted(clip: Path) -> None:
    assert [row["frame"] for row in rows(run(clip, "--json", "--every", 0, "--frames", 7))] == list(range(7))
    assert len(rows(run(clip, "--json", "--every", 0))) == 50


def test_a_broken_video_is_a_failure_that_says_what(tmp_path: Path) -> None:
    path = tmp_path / "broken.mp4"
    path.write_bytes(b"no video")
    result = run(path)
    assert isinstance(result.exception, SourceError)
    assert "broken.mp4" in str(result.exception)


@pytest.mark.integration
def test_a_stream_is_counted_until_enough_and_keeps_its_password_to_itself(
    start_rtsp_server: Callable[..., RtspServer], clip: Path
) -> None:
    server = start_rtsp_server({"gate": clip}, users={"operator": "hunter2"})
    result = run(server.url("gate", user="operator", password="hunter2"), "--json", "--every", 0.2, "--frames", 3)
    assert result.exit_code == 0
    assert len(rows(result)) == 3
    times_s = [float(str(row["time_s"])) for row in rows(result)]
    assert all(later - earlier >= 0.19 for earlier, later in pairwise(times_s))
    assert "hunter2" not in result.output


def test_a_stream_that_cannot_be_reached_is_a_failure_without_its_password() -> None:
    result = run("rtsp://operator:hunter2@127.0.0.1:9/gate")
    assert isinstance(result.exception, SourceError)
    assert "127.0.0.1:9" in str(result.exception)
    assert "hunter2" not in str(result.exception)


def test_a_picture_that_does_not_exist_is_named() -> None:
    result = run("nowhere.jpg")
    assert isinstance(result.exception, SourceError)
    assert "nowhere.jpg: no such file or folder" in str(result.exception)


def test_a_folder_without_images_is_a_failure(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert isinstance(result.exception, SourceError)
    assert "no images in it" in str(result.exception)


@pytest.mark.parametrize("shape", ["1000x500", "1024", "0x0", "8192x8192", "-32x32"])
def test_a_shape_that_the_network_cannot_take_is_wrong_usage(image: Path, shape: str) -> None:
    result = run(image, f"--shape={shape}")
    assert result.exit_code == 2
    assert "multiple of 32" in " ".join(result.stderr.split())


def test_an_unknown_model_is_refused_with_those_that_there_are(image: Path) -> None:
    result = run(image, "--model", "csrnot")
    assert isinstance(result.exception, EngineError)
    assert "there is compact" in str(result.exception)


def test_the_overlay_is_written_as_a_file_or_into_a_folder(image: Path, tmp_path: Path) -> None:
    assert run(image, "--heatmap", tmp_path / "out" / "heat.jpg").exit_code == 0
    assert run(image, "--heatmap", tmp_path / "folder").exit_code == 0
    for path in (tmp_path / "out" / "heat.jpg", tmp_path / "folder" / "empty.png"):
        drawn = cv2.imread(str(path))
        assert drawn.shape[1] == 480


def test_a_videos_overlays_are_numbered_in_a_folder(clip: Path, tmp_path: Path) -> None:
    run(clip, "--every", 1, "--heatmap", tmp_path / "heat")
    assert sorted(path.name for path in (tmp_path / "heat").iterdir()) == ["000000.png", "000025.png"]


def test_overlays_never_overwrite_what_is_counted(image: Path) -> None:
    before = image.read_bytes()
    for out in (image, image.parent):
        result = run(image, "--heatmap", out)
        assert isinstance(result.exception, SiteError)
    result = run(image.parent, "--heatmap", "all.png")
    assert isinstance(result.exception, SiteError)
    assert image.read_bytes() == before


def test_an_overlay_that_cannot_be_written_is_a_failure(image: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    result = run(image, "--heatmap", tmp_path / "file" / "heat.png")
    assert isinstance(result.exception, CrushwatchError)
    assert "cannot be written" in str(result.exception)


def test_a_heatmap_that_ends_in_mp4_is_a_film_with_every_picture_at_its_time(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "films" / "heat.mp4"
    assert run(clip, "--every", 0.5, "--heatmap", out).exit_code == 0
    with av.open(str(out)) as film:
        shown = [(frame.time, frame.width, frame.height) for frame in film.decode(video=0)]
    assert [time for time, _, _ in shown] == pytest.approx([0, 0.5, 1.0, 1.5], abs=0.05)
    assert {width for _, width, _ in shown} == {480}


def test_a_film_that_cannot_be_written_is_said(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run(clip, "--heatmap", tmp_path / "file" / "heat.mp4")
    assert isinstance(result.exception, CrushwatchError)
    assert "cannot be written" in str(result.exception)


def test_a_shape_given_scales_the_picture_to_it(image: Path, tmp_path: Path) -> None:
    run(image, "--shape", "640x480", "--heatmap", tmp_path / "heat.png")
    assert cv2.imread(str(tmp_path / "heat.png")).shape[1] == 640


@pytest.mark.science
def test_the_first_frame_of_the_plaza_holds_about_36_people(data_folder: Path) -> None:
    (row,) = rows(run(data_folder / "video" / "plaza.mp4", "--json", "--frames", 1))
    assert float(str(row["count"])) == pytest.approx(36, abs=2)


@pytest.mark.science
def test_a_picture_larger_than_a_tile_counts_as_it_does_in_one_piece(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = data_folder / "shanghaitech" / "part_B" / "train_data" / "images" / "IMG_13.jpg"
    (whole,) = rows(run(path, "--json"))
    monkeypatch.setattr("workers.batch.tiles.LARGEST_PX", (640, 576))
    (tiled,) = rows(run(path, "--json"))
    assert tiled["count"] == pytest.approx(whole["count"], rel=0.005)


@pytest.fixture
def crowd() -> Path:
    folder = Path(os.environ.get("CRUSHWATCH_DATA", "../shared/data")) / "beijing_brt/images"
    if not folder.is_dir():
        pytest.skip(f"NOT RUN: no pictures of people in {folder}; CRUSHWATCH_DATA says where they are")
    return sorted(folder.glob("*.jpg"))[0]


def test_head_points_are_written_as_a_table_and_as_json_in_pixels_of_the_picture(crowd: Path, tmp_path: Path) -> None:
    table, stored = tmp_path / "heads.csv", tmp_path / "heads.json"
    (row,) = rows(run(crowd, "--points", table, "--shape", "640x480", "--json"))
    run(crowd, "--points", stored, "--shape", "640x480")
    lines = table.read_text().splitlines()
    heads = json.loads(stored.read_text())[crowd.name]
    height, width = cv2.imread(str(crowd)).shape[:2]
    assert lines[0] == "file,x,y"
    assert [line.split(",")[1:] for line in lines[1:]] == [[str(x), str(y)] for x, y in heads]
    assert all(re.fullmatch(r"[^,]+(,\d+\.\d){2}", line) for line in lines[1:])
    assert len(heads) == pytest.approx(float(str(row["count"])), rel=0.25)
    assert all(0 <= x <= width and 0 <= y <= height for x, y in heads)
    assert max(y for _, y in heads) > height / 2


def test_a_picture_without_people_keeps_its_line_among_the_points(image: Path, tmp_path: Path) -> None:
    run(image, "--points", tmp_path / "heads.csv")
    assert (tmp_path / "heads.csv").read_text().splitlines() == ["file,x,y", "empty.png,,"]


def test_points_in_a_form_that_is_not_known_are_refused(image: Path, tmp_path: Path) -> None:
    result = run(image, "--points", tmp_path / "heads.txt")
    assert isinstance(result.exception, SiteError)
    assert ".csv (a line a head" in str(result.exception)
