"""The table of people's pixels and the ground's."""

from __future__ import annotations

import numpy as np
import pytest

from crushwatch.density.segmentation import pixel_table

MASK = np.array([[1, 1, 0, 0], [0, 0, 0, 0]], np.float32)


def test_the_table_follows_its_formulas() -> None:
    said = np.array([[0.9, 0.2, 0.8, 0.1], [0.1, 0.1, 0.1, 0.1]], np.float32)
    table = pixel_table([(said, MASK)])
    assert (table.human.precision, table.human.recall, table.human.f1, table.human.support) == (0.5, 0.5, 0.5, 2)
    assert table.background.precision == pytest.approx(5 / 6)
    assert table.background.support == 6
    assert table.accuracy == 0.75
    assert table.macro[0] == pytest.approx((0.5 + 5 / 6) / 2)
    assert table.weighted[0] == pytest.approx(0.25 * 0.5 + 0.75 * 5 / 6)


def test_a_network_that_sees_nobody_has_no_recall_and_no_error() -> None:
    table = pixel_table([(np.zeros_like(MASK), MASK)])
    assert (table.human.precision, table.human.recall, table.human.f1) == (0.0, 0.0, 0.0)


def test_pictures_of_different_sizes_are_added_up() -> None:
    table = pixel_table([(MASK, MASK), (MASK[:1], MASK[:1])])
    assert table.accuracy == 1.0
    assert table.human.support == 4
