"""Tiny data sets in their official layouts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import scipy.io

Points = npt.NDArray[np.float64]


def crowd_picture(points: Points, height: int = 96, width: int = 128, seed: int = 0) -> npt.NDArray[np.uint8]:
    """Grey ground with a dark disc for each head, BGR."""
    ground = np.random.default_rng(seed).normal(150, 8, (height, width, 3))
    picture = np.clip(ground, 0, 255).astype(np.uint8)
    for x, y in points:
        cv2.circle(picture, (round(float(x)), round(float(y))), 4, (40, 40, 60), -1)
    return picture


def some_points(seed: int, count: int, height: int = 96, width: int = 128) -> Points:
    return np.random.default_rng(seed).uniform((0, 0), (width, height), (count, 2))


@pytest.fixture
def shanghaitech(tmp_path: Path) -> Path:
    """Eight pictures of part A, IMG_1 to IMG_8, with 3 to 10 people."""
    train = tmp_path / "shanghaitech" / "part_A" / "train_data"
    (train / "images").mkdir(parents=True)
    (train / "ground-truth").mkdir()
    for number in range(1, 9):
        points = some_points(number, number + 2)
        cv2.imwrite(str(train / "images" / f"IMG_{number}.jpg"), crowd_picture(points, seed=number))
        info = np.empty((1, 1), dtype=object)
        info[0, 0] = np.array([(points, [[len(points)]])], dtype=[("location", object), ("number", object)]).reshape(
            1, 1
        )
        scipy.io.savemat(train / "ground-truth" / f"GT_IMG_{number}.mat", {"image_info": info})
    return tmp_path / "shanghaitech"


@pytest.fixture
def heads_folder(tmp_path: Path) -> Callable[[dict[str, list[list[float]]]], Path]:
    """Writes a folder with `images/` and `heads.json`."""

    def write(heads: dict[str, list[list[float]]]) -> Path:
        root = tmp_path / "folder"
        (root / "images").mkdir(parents=True)
        for name, points in heads.items():
            cv2.imwrite(str(root / "images" / name), crowd_picture(np.array(points).reshape(-1, 2)))
        (root / "heads.json").write_text(json.dumps(heads))
        return root

    return write
