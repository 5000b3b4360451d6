"""Readers on tiny folders in the official layouts, and on the real data where it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import scipy.io

from crushwatch.density import datasets
from crushwatch.density.datasets import DatasetError

Folder = Callable[[dict[str, list[list[float]]]], Path]


def test_shanghaitech_gives_pictures_with_their_heads(shanghaitech: Path) -> None:
    pictures = datasets.read("shanghaitech-a", shanghaitech, "all-train")
    assert [image.count for image in pictures] == [3, 4, 5, 6, 7, 8, 9, 10]
    assert pictures[0].rgb().shape == (96, 128, 3)
    assert pictures[0].points_px.dtype == np.float32


def test_shanghaitech_never_trains_on_a_number_that_ends_in_three(shanghaitech: Path) -> None:
    train = {image.name for image in datasets.read("shanghaitech-a", shanghaitech, "train")}
    validation = {image.name for image in datasets.read("shanghaitech-a", shanghaitech, "validation")}
    assert validation == {"A/IMG_3"}
    assert len(train) == 7
    assert not train & validation


def test_a_picture_without_its_truth_is_named(shanghaitech: Path) -> None:
    (shanghaitech / "part_A/train_data/ground-truth/GT_IMG_4.mat").unlink()
    with pytest.raises(DatasetError, match=r"GT_IMG_4\.mat: no such file"):
        datasets.read("shanghaitech-a", shanghaitech, "train")


def test_a_missing_folder_says_what_layout_was_expected(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="expected layout: part_A/train_data"):
        datasets.read("shanghaitech-a", tmp_path, "train")


def test_an_unknown_data_set_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="shanghaitech-b"):
        datasets.read("atlantis", tmp_path, "train")


def test_mall_counts_frames_from_one(tmp_path: Path) -> None:
    (tmp_path / "frames").mkdir()
    frames = np.empty((1, 2), dtype=object)
    for index, points in enumerate(([[10.0, 20.0]], [[1.0, 2.0], [3.0, 4.0]])):
        frames[0, index] = np.array([[(np.array(points),)]], dtype=[("loc", object)])
        cv2.imwrite(str(tmp_path / "frames" / f"seq_{index + 1:06d}.jpg"), np.zeros((48, 64, 3), np.uint8))
    scipy.io.savemat(tmp_path / "mall_gt.mat", {"frame": frames, "count": np.array([[1], [2]])})
    pictures = datasets.read("mall", tmp_path, "train")
    assert [(image.name, image.count) for image in pictures] == [("mall/1", 1), ("mall/2", 2)]


def test_a_split_without_pictures_names_those_that_have_some(tmp_path: Path) -> None:
    (tmp_path / "frames").mkdir()
    frames = np.empty((1, 700), dtype=object)
    for index in range(700):
        frames[0, index] = np.array([[(np.zeros((1, 2)),)]], dtype=[("loc", object)])
    for number in (1, 2, 700):
        (tmp_path / "frames" / f"seq_{number:06d}.jpg").touch()
    scipy.io.savemat(tmp_path / "mall_gt.mat", {"frame": frames})
    named = r"no pictures of mall, split test; splits with pictures: train \(2\), validation \(1\), all-train \(3\)$"
    with pytest.raises(DatasetError, match=named):
        datasets.read("mall", tmp_path, "test")


def test_heads_json_keeps_the_last_tenth_of_each_day_for_validation(heads_folder: Folder) -> None:
    days = [f"{1 + n % 2}-201705{day:02d}{n:02d}0000.jpg" for day in (5, 6) for n in range(10)]
    root = heads_folder({name: [[5.0, 6.0]] for name in days})
    held_out = datasets.read("heads-json", root, "validation")
    assert [image.path.name for image in held_out] == ["2-20170505090000.jpg", "2-20170506090000.jpg"]
    assert len(datasets.read("heads-json", root, "train")) == 18


def test_heads_json_takes_pictures_with_nobody_in_them(heads_folder: Folder) -> None:
    pictures = datasets.read("heads-json", heads_folder({"empty.jpg": []}), "all-train")
    assert pictures[0].points_px.shape == (0, 2)


def test_points_that_are_no_pairs_are_refused(heads_folder: Folder) -> None:
    root = heads_folder({"a.jpg": []})
    (root / "heads.json").write_text('{"a.jpg": [[1, 2, 3]]}')
    with pytest.raises(DatasetError, match=r"a\.jpg: points must be pairs"):
        datasets.read("heads-json", root, "all-train")


REAL = Path(os.environ.get("CRUSHWATCH_DATA", Path(__file__).parents[3] / "../shared/data"))


@pytest.mark.science
@pytest.mark.skipif(not REAL.is_dir(), reason="the real data is not here (set CRUSHWATCH_DATA)")
@pytest.mark.parametrize(
    ("name", "folder", "train", "validation"),
    [
        pytest.param("shanghaitech-a", "shanghaitech", 270, 30, id="shanghaitech-a"),
        pytest.param("shanghaitech-b", "shanghaitech", 360, 40, id="shanghaitech-b"),
        pytest.param("mall", "mall", 640, 160, id="mall"),
        pytest.param("heads-json", "beijing_brt", 431, 48, id="beijing-brt"),
    ],
)
def test_the_real_data_has_as_many_pictures_as_published(name: str, folder: str, train: int, validation: int) -> None:
    assert len(datasets.read(name, REAL / folder, "train")) == train
    assert len(datasets.read(name, REAL / folder, "validation")) == validation
