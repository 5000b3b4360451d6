from __future__ import annotations

import numpy as np

from crushwatch.models.band import BandLevel, BandTable
from crushwatch.regions.conformal import Sample
from crushwatch.regions.windows import WINDOWS, random_windows, share_held

RNG = np.random.default_rng(5)
HEADS_PX = RNG.uniform(0, (640, 480), (300, 2)).astype(np.float32)
TRUE = np.histogram2d(HEADS_PX[:, 1], HEADS_PX[:, 0], bins=(60, 80), range=((0, 480), (0, 640)))[0].astype(np.float32)


def test_windows_of_the_true_heads_are_true() -> None:
    wholes, parts = random_windows(TRUE, HEADS_PX, np.random.default_rng(1))
    assert len(wholes.counted) == len(parts.counted) == WINDOWS
    np.testing.assert_allclose(wholes.counted, wholes.true, atol=1e-3)
    np.testing.assert_allclose(parts.counted, parts.true, atol=1e-3)


def test_a_part_is_the_fullest_and_lies_within_its_window() -> None:
    wholes, parts = random_windows(TRUE, HEADS_PX, np.random.default_rng(1))
    assert (parts.cells <= wholes.cells).all()
    assert (parts.true <= wholes.true + 1e-3).all()
    fullness, mean = parts.true / parts.cells, wholes.true / wholes.cells
    assert (fullness >= mean - 1e-3)[parts.cells < wholes.cells / 2].mean() > 0.95


def test_the_same_numbers_give_the_same_windows_whatever_was_counted() -> None:
    one, _ = random_windows(np.zeros((60, 80), np.float32), HEADS_PX, np.random.default_rng(3))
    other, _ = random_windows(np.ones((60, 80), np.float32), HEADS_PX, np.random.default_rng(3))
    np.testing.assert_array_equal(one.true, other.true)
    np.testing.assert_array_equal(other.counted, other.cells)


def test_heads_beyond_the_edge_are_counted_at_it() -> None:
    outside_px = np.array([[700.0, 500.0]], np.float32)
    density = np.zeros((60, 80), np.float32)
    highest = [random_windows(density, outside_px, np.random.default_rng(n))[0].true.max() for n in range(20)]
    assert max(highest) == 1


def test_windows_that_are_counted_right_are_held_and_those_of_nobody_say_nothing() -> None:
    level = BandLevel(people_per_block=1.0, low=-1.0, high=1.0, pictures=40, windows=800)
    table = BandTable(model_sha256="", count=(level,), peak=(level,))
    cells = np.full(4, 640.0)
    right = Sample(np.array([0.0, 0.0, 20.0, 30.0]), np.array([0.0, 0.0, 20.0, 300.0]), cells)
    assert share_held(right, table) == 0.5
    assert share_held(Sample(np.zeros(4), np.zeros(4), cells), table, peak=True) is None
