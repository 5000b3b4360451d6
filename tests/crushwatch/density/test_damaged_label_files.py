"""Label files that are damaged, or of another form than their data set's: each is named, with what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest
import scipy.io

from crushwatch.density import datasets
from crushwatch.density.datasets import DatasetError

Write = Callable[[Path], object]


def text(content: str) -> Write:
    return lambda path: path.write_text(content)


def raw(content: bytes) -> Write:
    return lambda path: path.write_bytes(content)


def other_variable(path: Path) -> None:
    scipy.io.savemat(path, {"dots": np.zeros((1, 2))})


def number_for(name: str) -> Write:
    """The right variable with a number in it."""
    return lambda path: scipy.io.savemat(path, {name: np.array([[3.0]])})


def torn_off(path: Path) -> None:
    scipy.io.savemat(path, {"frame": np.arange(500.0), "image_info": np.arange(500.0), "annPoints": np.ones((99, 2))})
    path.write_bytes(path.read_bytes()[:300])


def other_hdf5(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["numbers"] = [1, 2]
        file.create_group("a/image")


def torn_off_hdf5(path: Path) -> None:
    other_hdf5(path)
    path.write_bytes(path.read_bytes()[:600])


LABELS = {
    "shanghaitech-a": "part_A/train_data/ground-truth/GT_IMG_1.mat",
    "qnrf": "Train/img_0001_ann.mat",
    "mall": "mall_gt.mat",
    "ucsd": "gt/vidf1_33_003_frame_full.mat",
    "nwpu": "jsons/0001.json",
    "jhu": "train/gt/0001.txt",
    "heads-json": "heads.json",
    "csv": "points.csv",
    "coco": "annotations.json",
    "prepared": "a.h5",
}
"""The label file of each data set that the folder below is laid out for."""
PICTURES = (
    "part_A/train_data/images/IMG_1.jpg",
    "Train/img_0001.jpg",
    "frames/seq_000001.jpg",
    "vidf1_33_003.y/vidf1_33_003_f001.png",
    "images/0001.jpg",
    "train/images/0001.jpg",
)
OBJECT = "it holds a list, not an object"
CASES = [
    *((name, torn_off, "not .+ truth") for name in ("shanghaitech-a", "qnrf", "mall", "ucsd")),
    *((name, raw(b""), "not .+ truth") for name in ("shanghaitech-a", "qnrf", "mall", "ucsd")),
    *((name, raw(b"\x00\x01MATLAB" * 40), "not .+ truth") for name in ("shanghaitech-a", "qnrf", "mall", "ucsd")),
    ("shanghaitech-a", other_variable, "no variable image_info in it; its variables: dots"),
    ("qnrf", other_variable, "no variable annPoints in it; its variables: dots"),
    ("mall", other_variable, "no variable frame in it; its variables: dots"),
    ("ucsd", other_variable, "no variable frame in it; its variables: dots"),
    ("shanghaitech-a", number_for("image_info"), "not ShanghaiTech's truth"),
    ("mall", number_for("frame"), "not Mall's truth"),
    ("ucsd", number_for("frame"), "not UCSD's truth"),
    ("nwpu", text("[[1, 2]]"), OBJECT),
    ("nwpu", text('{"human_num": 1}'), "not NWPU-Crowd's JSON .*points"),
    ("nwpu", text('{"points": [[1, 2]], "human_num": null}'), "not NWPU-Crowd's JSON"),
    ("nwpu", text('{"points": [[1'), "not NWPU-Crowd's JSON"),
    ("jhu", raw(b"\xff\xfe 2 3\n"), "not JHU-CROWD\\+\\+'s truth"),
    ("heads-json", text("[[1, 2]]"), OBJECT),
    ("heads-json", raw(b'{"\xe9.jpg": []}'), "not heads as JSON .*utf-8"),
    ("heads-json", text('{"a.jpg": {"x": 1}}'), "a.jpg: points must be pairs"),
    ("heads-json", text("{"), "not heads as JSON .*line 1"),
    ("csv", text("file,x,y\na.jpg,1\n"), ":2: '1', None are no pair of numbers"),
    ("csv", text("file,x,y\na.jpg,1,2\na.jpg,,2\n"), ":3: '', '2' are no pair of numbers"),
    ("csv", text("file,x,y\n,1,2\n"), ":2: no name of a picture"),
    ("csv", text("file,x,y\na.jpg,inf,2\n"), "a.jpg: points must be pairs of finite numbers"),
    ("csv", raw(b"file,x,y\n\xe9.jpg,1,2\n"), "not a table of points .*utf-8"),
    ("coco", text("[]"), OBJECT),
    ("coco", text('{"images": []}'), "not COCO's JSON .*annotations"),
    ("prepared", raw(b"no HDF5"), "not a file that `crushwatch data prepare` has written"),
    ("prepared", torn_off_hdf5, "not a file that `crushwatch data prepare` has written"),
    ("prepared", other_hdf5, "not a file that `crushwatch data prepare` has written"),
]


@pytest.mark.parametrize(("name", "write", "words"), CASES, ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES)])
def test_a_label_file_that_cannot_be_used_is_named_with_what_is_wrong(
    name: str, write: Write, words: str, tmp_path: Path
) -> None:
    for picture in PICTURES:
        (tmp_path / picture).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(tmp_path / picture), np.zeros((8, 8, 3), np.uint8))
    (tmp_path / "train.txt").write_text("0001 1 1\n")
    labels = tmp_path / LABELS[name]
    labels.parent.mkdir(parents=True, exist_ok=True)
    write(labels)
    with pytest.raises(DatasetError, match=f"{labels.name}.*{words}"):
        datasets.read(name, labels if name == "prepared" else tmp_path, "all-train")


def test_a_prepared_picture_that_is_damaged_is_told_when_it_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["one/points"] = [[1.0, 2.0]]
    (image,) = datasets.read("prepared", path, "train")
    with pytest.raises(DatasetError, match=r"a\.h5: not a file that .*image"):
        image.rgb()


def test_a_table_or_object_that_begins_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("file,x,y\na.jpg,1,2\n", encoding="utf-8-sig")
    (tmp_path / "heads.json").write_text(json.dumps({"a.jpg": [[1, 2]]}), encoding="utf-8-sig")
    for name in ("csv", "heads-json"):
        assert datasets.read(name, tmp_path, "test", missing_allowed=True)[0].points_px.tolist() == [[1, 2]]
