"""An operator's labelled frames, in every form and layout that `calibrate-count` and `validate` take."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from crushwatch.errors import CrushwatchError, SiteError, SourceError
from crushwatch.site import Camera
from workers.capture.picture import ArrayPicture
from workers.labelled import frame_of, heads_as_drawn, labelled_frames, labels_read

HEADS = [[12.0, 7.5], [30.0, 9.0]]


def as_heads_json(folder: Path) -> None:
    (folder / "heads.json").write_text(json.dumps({"b.png": HEADS, "a.png": []}))


def as_points_csv(folder: Path) -> None:
    lines = ["file,x,y", "a.png,,", *(f"b.png,{x},{y}" for x, y in HEADS)]
    (folder / "points.csv").write_text("\n".join(lines))


def as_coco(folder: Path) -> None:
    images = [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}]
    annotations = [{"image_id": 2, "keypoints": [x, y, 2]} for x, y in HEADS]
    (folder / "annotations.json").write_text(json.dumps({"images": images, "annotations": annotations}))


def draw(folder: Path) -> None:
    """b.png is blue at its top."""
    folder.mkdir(exist_ok=True)
    blue = np.zeros((20, 40, 3), np.uint8)
    blue[:5, :, 0] = 255
    for name, pixels in (("a.png", np.zeros_like(blue)), ("b.png", blue)):
        cv2.imwrite(str(folder / name), pixels)


@pytest.mark.parametrize("write", [as_heads_json, as_points_csv, as_coco])
def test_labels_of_every_form_give_the_same_frames(tmp_path: Path, write: Callable[[Path], None]) -> None:
    write(tmp_path)
    draw(tmp_path / "images")
    empty, crowded = labelled_frames(tmp_path)
    assert empty.name.endswith("a.png")
    assert empty.points_px.shape == (0, 2)
    np.testing.assert_array_equal(crowded.points_px, HEADS)
    assert crowded.rgb()[0, 0].tolist() == [0, 0, 255]


@pytest.mark.parametrize("write", [as_heads_json, as_points_csv, as_coco])
def test_pictures_beside_the_labels_are_found_too(tmp_path: Path, write: Callable[[Path], None]) -> None:
    write(tmp_path)
    draw(tmp_path)
    assert [frame.rgb().shape for frame in labelled_frames(tmp_path)] == [(20, 40, 3)] * 2


def test_of_labels_in_several_forms_it_is_said_which_are_read(tmp_path: Path) -> None:
    as_coco(tmp_path)
    assert labels_read(tmp_path) == str(tmp_path / "annotations.json")
    as_points_csv(tmp_path)
    as_heads_json(tmp_path)
    said = labels_read(tmp_path)
    assert said.startswith(f"{tmp_path / 'heads.json'} (not read: ")
    assert "points.csv" in said
    assert "annotations.json" in said


def test_a_picture_that_cannot_be_read_is_named_when_it_is_wanted(tmp_path: Path) -> None:
    as_heads_json(tmp_path)
    (tmp_path / "b.png").write_bytes(b"no picture")
    missing, broken = labelled_frames(tmp_path)
    for frame, words in ((missing, r"a\.png: No such file"), (broken, r"b\.png: no image that can be decoded")):
        with pytest.raises(SourceError, match=words):
            frame.rgb()


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("notes.txt", "", "no labels; expected: .*heads.json, points.csv or COCO"),
        ("heads.json", "[]", "in pixels"),
        ("heads.json", "{}", "no frames in it"),
        ("heads.json", '{"a.png": [[1, 2, 3]]}', "pairs of numbers"),
        ("heads.json", '{"a.png": "many"}', "in pixels"),
        ("heads.json", '{"a.png": [[1, NaN]]}', "pairs of numbers"),
        ("points.csv", "picture,x,y", "columns must be file, x and y"),
        ("annotations.json", "[]", "not COCO's JSON"),
    ],
    ids=["no-labels", "a-list", "no-frames", "triples", "words", "no-number", "other-columns", "no-coco"],
)
def test_labels_that_cannot_be_used_are_refused_with_how_they_should_be(
    tmp_path: Path, name: str, text: str, words: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(CrushwatchError, match=words):
        labelled_frames(tmp_path)


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="nowhere: no such folder"):
        labelled_frames(tmp_path / "nowhere")


def test_a_frame_of_other_proportions_than_the_cameras_is_refused(tmp_path: Path) -> None:
    as_heads_json(tmp_path)
    draw(tmp_path)
    frame = labelled_frames(tmp_path)[0]
    for size_px in ([80, 40], [2000, 1010], None):
        camera = Camera.model_validate({"source": "sim:calm", "picture_size_px": size_px})
        assert frame_of(camera, frame).shape == (20, 40, 3)
    other = Camera.model_validate({"source": "sim:calm", "picture_size_px": [160, 120]})
    with pytest.raises(SiteError, match=r"a\.png: 40 x 20 pixels; the camera's picture_size_px is 160 x 120"):
        frame_of(other, frame)


def test_heads_are_scaled_to_the_size_for_which_the_regions_are_drawn() -> None:
    picture = ArrayPicture(np.zeros((20, 40, 3), np.uint8))
    camera = Camera.model_validate({"source": "sim:calm", "picture_size_px": [400, 200]})
    np.testing.assert_array_equal(heads_as_drawn(np.array(HEADS, np.float32), picture, camera), np.array(HEADS) * 10)
