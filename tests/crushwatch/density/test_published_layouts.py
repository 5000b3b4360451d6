"""Each reader on a tiny folder in the very layout that its data set is published in."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import scipy.io

from crushwatch.density import datasets
from crushwatch.density.datasets import DatasetError


def picture(path: Path, height: int = 32, width: int = 48) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((height, width, 3), 90, np.uint8))


@pytest.fixture
def nwpu(tmp_path: Path) -> Path:
    (tmp_path / "jsons").mkdir()
    for number, points in (("0001", [[1.5, 2.5], [10, 20]]), ("0002", [])):
        picture(tmp_path / "images" / f"{number}.jpg")
        truth = {"img_id": f"{number}.jpg", "human_num": len(points), "points": points, "boxes": []}
        (tmp_path / "jsons" / f"{number}.json").write_text(json.dumps(truth))
    (tmp_path / "train.txt").write_text("0001 2 0\n")
    (tmp_path / "val.txt").write_text("0002 0 3\n")
    return tmp_path


def test_nwpu_follows_its_split_files(nwpu: Path) -> None:
    (train,) = datasets.read("nwpu", nwpu, "train")
    (validation,) = datasets.read("nwpu", nwpu, "validation")
    assert (train.name, train.points_px.tolist()) == ("nwpu/0001", [[1.5, 2.5], [10, 20]])
    assert (validation.count, validation.rgb().shape) == (0, (32, 48, 3))


def test_nwpu_whose_number_and_points_differ_is_refused(nwpu: Path) -> None:
    (nwpu / "jsons/0001.json").write_text('{"human_num": 3, "points": [[1, 2]]}')
    with pytest.raises(DatasetError, match="human_num is 3, but there are 1 points"):
        datasets.read("nwpu", nwpu, "train")


def test_nwpu_says_that_the_test_truth_is_not_published(nwpu: Path) -> None:
    (nwpu / "test.txt").write_text("0009\n")
    with pytest.raises(DatasetError, match=r"0009\.json: no such file; the test split's truth is not published"):
        datasets.read("nwpu", nwpu, "test")


def test_qnrf_keeps_its_validation_pictures_apart(tmp_path: Path) -> None:
    for number in (1, 3):
        picture(tmp_path / "Train" / f"img_000{number}.jpg")
        scipy.io.savemat(
            tmp_path / "Train" / f"img_000{number}_ann.mat", {"annPoints": np.array([[4.0, 5.0]] * number)}
        )
    assert [(i.name, i.count) for i in datasets.read("qnrf", tmp_path, "train")] == [("qnrf/img_0001", 1)]
    assert [(i.name, i.count) for i in datasets.read("qnrf", tmp_path, "validation")] == [("qnrf/img_0003", 3)]


def test_jhu_takes_the_first_two_columns_and_empty_files(tmp_path: Path) -> None:
    for number, text in (("0001", "10 20 5 6 1 0\n30 8 4 4 2 1\n"), ("0002", "")):
        picture(tmp_path / "train/images" / f"{number}.jpg")
        (tmp_path / "train/gt").mkdir(exist_ok=True)
        (tmp_path / "train/gt" / f"{number}.txt").write_text(text)
    first, second = datasets.read("jhu", tmp_path, "train")
    assert first.points_px.tolist() == [[10, 20], [30, 8]]
    assert second.count == 0


def test_jhu_names_a_line_that_is_too_short(tmp_path: Path) -> None:
    picture(tmp_path / "test/images/0001.jpg")
    (tmp_path / "test/gt").mkdir()
    (tmp_path / "test/gt/0001.txt").write_text("1 2 3 4 0 0\n7\n")
    with pytest.raises(DatasetError, match=r"0001\.txt:2: 1 columns"):
        datasets.read("jhu", tmp_path, "test")


def test_ucsd_counts_frames_over_its_folders(tmp_path: Path) -> None:
    (tmp_path / "gt").mkdir()
    for folder in (0, 3):
        frames = np.empty((1, 2), dtype=object)
        for index in range(2):
            frames[0, index] = {"loc": np.array([[5.0, 6.0, 1.0]] * (index + folder + 1))}
            picture(tmp_path / f"vidf1_33_{folder:03d}.y" / f"vidf1_33_{folder:03d}_f{index + 1:03d}.png")
        scipy.io.savemat(tmp_path / "gt" / f"vidf1_33_{folder:03d}_frame_full.mat", {"frame": frames})
    test, train = datasets.read("ucsd", tmp_path, "test"), datasets.read("ucsd", tmp_path, "train")
    assert [(i.name, i.count) for i in test] == [("ucsd/vidf1_33_000_f001", 1), ("ucsd/vidf1_33_000_f002", 2)]
    assert [i.count for i in train] == [4, 5]


def test_cells_are_the_red_pixels(tmp_path: Path) -> None:
    picture(tmp_path / "001cell.png")
    marks = np.zeros((32, 48, 3), np.uint8)
    marks[4, 9] = marks[20, 30] = (0, 0, 255)
    cv2.imwrite(str(tmp_path / "001dots.png"), marks)
    (image,) = datasets.read("vgg-cells", tmp_path, "train")
    assert image.points_px.tolist() == [[9.5, 4.5], [30.5, 20.5]]


def coco(root: Path, annotations: list[dict[str, object]], categories: list[dict[str, object]] | None = None) -> Path:
    """A folder with two pictures, of which the annotations speak of the first (1)."""
    images = [{"id": n, "file_name": name} for n, name in ((1, "a.jpg"), (2, "b.jpg"))]
    for name in ("a.jpg", "b.jpg"):
        picture(root / "images" / name)
    stored = {"images": images, "annotations": [{"image_id": 1} | annotation for annotation in annotations]}
    (root / "annotations.json").write_text(json.dumps(stored | ({"categories": categories} if categories else {})))
    return root


def keypoints(**labelled: tuple[float, float]) -> list[float]:
    """All seventeen of COCO's, of which those are labelled."""
    names = ["nose", "left_eye", "right_eye", "left_ear", "right_ear", *(f"joint_{n}" for n in range(11)), "ankle"]
    return [value for name in names for value in ((*labelled[name], 2) if name in labelled else (0, 0, 0))]


BOX = [10, 0, 20, 100]


@pytest.mark.parametrize(
    ("annotation", "head"),
    [
        ({"keypoints": keypoints(nose=(7, 8), left_ear=(1, 1)), "bbox": BOX}, [7, 8]),
        ({"keypoints": keypoints(left_eye=(6, 8), right_ear=(10, 9), ankle=(9, 90)), "bbox": BOX}, [8, 8.5]),
        ({"keypoints": keypoints(ankle=(9, 90)), "bbox": BOX}, [20, 8]),
        ({"bbox": BOX}, [20, 8]),
        ({"keypoints": [4, 5, 2]}, [4, 5]),
    ],
    ids=["nose", "eye-and-ear", "ankle-only", "box-only", "one-point"],
)
def test_coco_heads_are_the_nose_or_the_face_or_the_top_of_the_box(
    annotation: dict[str, object], head: list[float], tmp_path: Path
) -> None:
    first, second = datasets.read("coco", coco(tmp_path, [annotation]), "all-train")
    assert first.points_px.tolist() == [head]
    assert second.count == 0


def test_coco_follows_the_names_that_the_file_gives_its_keypoints(tmp_path: Path) -> None:
    person: dict[str, object] = {"id": 1, "name": "person", "keypoints": ["ankle", "head"]}
    root = coco(tmp_path, [{"category_id": 1, "keypoints": [9, 90, 2, 4, 5, 1]}], [person])
    assert datasets.read("coco", root, "all-train")[0].points_px.tolist() == [[4, 5]]


def test_coco_takes_people_only(tmp_path: Path) -> None:
    annotations: list[dict[str, object]] = [{"category_id": n, "bbox": BOX} for n in (3, 1, 3)]
    root = coco(tmp_path, annotations, [{"id": 1, "name": "person"}, {"id": 3, "name": "car"}])
    assert [image.count for image in datasets.read("coco", root, "all-train")] == [1, 0]


def test_coco_without_people_lists_its_categories(tmp_path: Path) -> None:
    root = coco(tmp_path, [{"category_id": 3, "bbox": BOX}], [{"id": 3, "name": "car"}, {"id": 4, "name": "dog"}])
    with pytest.raises(DatasetError, match=r"annotations\.json: no category is named person; there are car, dog"):
        datasets.read("coco", root, "all-train")


def test_coco_names_an_annotation_that_says_nothing_of_a_head(tmp_path: Path) -> None:
    root = coco(tmp_path, [{"id": 77, "keypoints": keypoints(ankle=(9, 90))}])
    with pytest.raises(DatasetError, match="annotation 77 has neither a box nor a keypoint of the head"):
        datasets.read("coco", root, "all-train")


@pytest.mark.parametrize(
    ("name", "file", "labels"),
    [
        ("heads-json", "heads.json", '{"a.jpg": []}'),
        ("csv", "points.csv", "file,x,y\na.jpg,,\n"),
        ("coco", "annotations.json", '{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": []}'),
    ],
    ids=["heads-json", "csv", "coco"],
)
def test_pictures_may_lie_beside_the_label_file(name: str, file: str, labels: str, tmp_path: Path) -> None:
    (tmp_path / file).write_text(labels)
    picture(tmp_path / "a.jpg")
    (image,) = datasets.read(name, tmp_path, "all-train")
    assert image.rgb().shape == (32, 48, 3)


def test_csv_has_a_line_a_head_and_lines_for_pictures_with_nobody(tmp_path: Path) -> None:
    picture(tmp_path / "images/a.jpg")
    picture(tmp_path / "images/b.jpg")
    (tmp_path / "points.csv").write_text("file,x,y\na.jpg,1,2\na.jpg,3,4.5\nb.jpg,,\n")
    assert [image.points_px.tolist() for image in datasets.read("csv", tmp_path, "all-train")] == [
        [[1, 2], [3, 4.5]],
        [],
    ]


def test_csv_names_a_line_that_is_no_point(tmp_path: Path) -> None:
    picture(tmp_path / "images/a.jpg")
    (tmp_path / "points.csv").write_text("file,x,y\na.jpg,1,2\na.jpg,three,4\n")
    with pytest.raises(DatasetError, match=r"points\.csv:3: 'three', '4'"):
        datasets.read("csv", tmp_path, "all-train")


@pytest.mark.parametrize("name", sorted(datasets.READERS))
def test_every_reader_says_what_is_missing_from_an_empty_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"expected layout|no pictures|no such file"):
        datasets.read(name, tmp_path, "train")
