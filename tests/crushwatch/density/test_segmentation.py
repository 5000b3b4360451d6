"""The table of people's pixels and the ground's."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from crushwatch.density.losses import weighted_cross_entropy
from crushwatch.density.segmentation import HUMAN_WEIGHT, Mask, PixelTable, PixelTally, likelihood

MASK = np.array([[1, 1, 0, 0], [0, 0, 0, 0]], np.float32)


def pixel_table(*pairs: tuple[Mask, Mask]) -> PixelTable:
    tally = PixelTally()
    for probability, mask in pairs:
        tally.add(probability, mask)
    return tally.table()


def test_the_table_follows_its_formulas() -> None:
    said = np.array([[0.9, 0.2, 0.8, 0.1], [0.1, 0.1, 0.1, 0.1]], np.float32)
    table = pixel_table((said, MASK))
    assert (table.human.precision, table.human.recall, table.human.f1, table.human.support) == (0.5, 0.5, 0.5, 2)
    assert table.background.precision == pytest.approx(5 / 6)
    assert table.background.support == 6
    assert table.accuracy == 0.75
    assert table.macro[0] == pytest.approx((0.5 + 5 / 6) / 2)
    assert table.weighted[0] == pytest.approx(0.25 * 0.5 + 0.75 * 5 / 6)


def test_a_network_that_sees_nobody_has_no_recall_and_no_error() -> None:
    table = pixel_table((np.zeros_like(MASK), MASK))
    assert (table.human.precision, table.human.recall, table.human.f1) == (0.0, 0.0, 0.0)


def test_pictures_of_different_sizes_are_added_up() -> None:
    table = pixel_table((MASK, MASK), (MASK[:1], MASK[:1]))
    assert table.accuracy == 1.0
    assert table.human.support == 4


@pytest.mark.parametrize("share", [0.05, 0.15, 0.5])
def test_what_a_network_learns_to_say_gives_the_true_share_once_the_weight_is_taken_out(share: float) -> None:
    mask = (torch.arange(400) < 400 * share).float().view(1, 20, 20)
    said = np.linspace(0.002, 0.998, 499, dtype=np.float32)
    losses = [float(weighted_cross_entropy(torch.full_like(mask, float(s)), mask)) for s in said]
    best = said[int(np.argmin(losses))]
    assert likelihood(best[None])[0] == pytest.approx(share, abs=0.01)
    assert (best >= 0.5) == (share > 1 / (1 + HUMAN_WEIGHT))
