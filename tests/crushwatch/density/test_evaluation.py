"""The figures by which networks are judged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from crushwatch.density import datasets
from crushwatch.density.augment import heads_per_cell
from crushwatch.density.evaluation import Counted, counted, evaluate, grid_error, padded, scores


def result(true: float, found: float) -> Counted:
    return Counted("x", true, found, (abs(found - true),) * 4)


def test_scores_follow_their_formulas() -> None:
    found = scores([result(10, 12), result(20, 16), result(0, 1)])
    assert found.n == 3
    assert found.mae == pytest.approx(7 / 3)
    assert found.rmse == pytest.approx((21 / 3) ** 0.5)
    assert found.nae == pytest.approx((0.2 + 0.2) / 2)
    assert found.bias == pytest.approx(-1 / 3)
    assert found.r2 == pytest.approx(1 - 21 / 200)
    assert [(band.at_least, band.n) for band in found.bands] == [(0, 1), (1, 2)]


def test_pictures_without_people_have_no_relative_error() -> None:
    found = scores([result(0, 0.5)])
    assert found.nae is None
    assert found.r2 is None


def test_game_punishes_people_counted_in_the_wrong_quarter() -> None:
    points = np.array([[10.0, 10.0]], np.float32)
    wrong_corner = np.zeros((8, 8), np.float32)
    wrong_corner[7, 7] = 1
    assert counted("x", wrong_corner, points, (64, 64)).game == (0.0, 2.0, 2.0, 2.0)


def test_a_true_density_map_of_any_size_has_no_error(shanghaitech: Path) -> None:
    for image in datasets.read("shanghaitech-a", shanghaitech, "train"):
        truth = heads_per_cell(image.points_px, 96, 128)
        assert evaluate(lambda _, truth=truth: truth, [image])[0].game == (0, 0, 0, 0)


def test_game_of_a_large_map_is_exact() -> None:
    rng = np.random.default_rng(3)
    density = rng.gamma(0.01, 1.0, (2160, 3840)).astype(np.float32)
    true = (rng.random(density.shape) < 0.01).astype(np.float32)
    assert grid_error(density, true, 0) == pytest.approx(abs((density.astype(float) - true).sum()), abs=1e-3)


def test_whoever_asks_is_told_each_map_cut_to_its_picture(shanghaitech: Path) -> None:
    told: list[tuple[str, tuple[int, ...]]] = []
    pictures = datasets.read("shanghaitech-a", shanghaitech, "all-train")
    reaching_past = np.zeros((40, 40), np.float32)
    evaluate(lambda _: reaching_past, pictures, also=lambda image, density: told.append((image.name, density.shape)))
    assert told == [(image.name, (12, 16)) for image in pictures]


def test_padding_keeps_the_picture_where_it_is() -> None:
    picture = np.full((33, 64, 3), 7, np.uint8)
    wide = padded(picture)
    assert wide.shape == (64, 64, 3)
    assert (wide[:33] == 7).all()
    assert (wide[33:] == 0).all()
