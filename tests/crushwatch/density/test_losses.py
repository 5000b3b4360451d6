"""Losses are least where the estimate is true."""

from __future__ import annotations

import pytest
import torch

from crushwatch.density.losses import block_poisson, poisson_deviance


def test_the_poisson_deviance_is_nothing_where_rate_and_count_agree_and_positive_elsewhere() -> None:
    counts = torch.tensor([0.0, 1.0, 3.0, 12.0])
    torch.testing.assert_close(poisson_deviance(counts, counts), torch.zeros(4), atol=2e-6, rtol=0)
    assert (poisson_deviance(counts + 0.5, counts) > 0).all()
    assert (poisson_deviance((counts - 0.5).clamp_min(0), counts)[1:] > 0).all()


def test_the_poisson_deviance_follows_its_formula() -> None:
    rate, count = torch.tensor(2.0, dtype=torch.double), torch.tensor(5.0, dtype=torch.double)
    expected = 2.0 - 5.0 + 5.0 * torch.log(torch.tensor(2.5, dtype=torch.double))
    torch.testing.assert_close(poisson_deviance(rate, count), expected)


def test_a_head_in_the_next_cell_costs_less_than_a_head_far_away() -> None:
    counts = torch.zeros(1, 16, 16)
    counts[0, 4, 4] = 1
    near, far = torch.full_like(counts, 1e-3), torch.full_like(counts, 1e-3)
    near[0, 4, 5] = far[0, 14, 14] = 1
    assert block_poisson(near, counts) < block_poisson(far, counts)


def test_the_gradient_stays_finite_where_the_network_says_nothing_and_somebody_is_there() -> None:
    density = torch.zeros(1, 8, 8, requires_grad=True)
    block_poisson(density, torch.ones(1, 8, 8)).backward()
    assert density.grad is not None
    assert torch.isfinite(density.grad).all()


def test_the_whole_count_is_part_of_the_loss() -> None:
    counts = torch.zeros(1, 8, 8)
    assert block_poisson(torch.full((1, 8, 8), 1e-6), counts) == pytest.approx(0, abs=1e-3)
