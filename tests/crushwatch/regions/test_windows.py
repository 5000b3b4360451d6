from __future__ import annotations

import numpy as np

from crushwatch.regions.windows import WINDOWS, random_windows

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
