"""The shipped network counts: real pictures it never learnt from, and frames with nobody in them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from crushwatch.density import datasets, evaluation
from crushwatch.density.datasets import nobody
from crushwatch.density.export import load_exported
from crushwatch.density.shipped import SHIPPED

pytestmark = pytest.mark.science


@pytest.fixture(scope="module")
def count() -> evaluation.Count:
    return evaluation.counting(load_exported(SHIPPED / "compact.onnx"))


@pytest.mark.parametrize("level", [0, 60, 128, 200, 255])
def test_a_flat_frame_has_nobody_in_it(count: evaluation.Count, level: int) -> None:
    assert count(np.full((384, 512, 3), level, np.uint8)).sum() < 1


@pytest.mark.parametrize("kind", nobody.DRAWN, ids=lambda kind: kind.__name__)
def test_noise_snow_blocks_and_bricks_are_hardly_anybody(count: evaluation.Count, kind: nobody.Drawing) -> None:
    for seed in (100, 101):
        assert count(kind(np.random.default_rng(seed), 384)).sum() < 5


def test_street_scenes_are_counted_within_the_shipped_error(count: evaluation.Count, data_folder: Path) -> None:
    pictures = datasets.read("shanghaitech-b", data_folder / "shanghaitech", "validation")[::5]
    found = evaluation.scores(evaluation.evaluate(count, pictures))
    assert found.nae is not None
    assert found.nae < 0.15


def test_packed_platforms_are_counted_within_three_people(count: evaluation.Count, data_folder: Path) -> None:
    pictures = datasets.read("beijing-brt", data_folder / "beijing_brt", "validation")[::6]
    assert evaluation.scores(evaluation.evaluate(count, pictures)).mae < 3


def test_the_same_scene_counts_alike_at_half_and_double_size(count: evaluation.Count, data_folder: Path) -> None:
    pictures = datasets.read("shanghaitech-b", data_folder / "shanghaitech", "validation")[::13]
    sums = {factor: sum(total(count, image.rgb(), factor) for image in pictures) for factor in (0.5, 1.0, 2.0)}
    assert sums[0.5] == pytest.approx(sums[1.0], rel=0.15)
    assert sums[2.0] == pytest.approx(sums[1.0], rel=0.15)


def total(count: evaluation.Count, picture: np.ndarray, factor: float) -> float:
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return float(count(np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=way), np.uint8)).sum())
