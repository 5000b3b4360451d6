"""Losses are least where the estimate is true."""

from __future__ import annotations

import pytest
import torch

from crushwatch.density.losses import (
    LESSONS,
    block_poisson,
    poisson_deviance,
    weighted_cross_entropy,
    zero_inflated_poisson,
    zero_inflated_variance,
)


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


def truth() -> torch.Tensor:
    counts = torch.zeros(2, 16, 16)
    counts[0, 4, 4], counts[0, 5, 4], counts[0, 12, 3] = 1, 2, 1
    return counts


@pytest.mark.parametrize("name", ["l2", "bayesian", "dm-count", "block-poisson"])
def test_a_map_that_learns_from_a_loss_comes_nearer_to_the_truth(name: str) -> None:
    torch.manual_seed(0)
    counts, logits = truth(), torch.full((2, 16, 16), -3.0, requires_grad=True)
    optimiser = torch.optim.Adam([logits], lr=0.1)
    for _ in range(300):
        optimiser.zero_grad()
        density = torch.nn.functional.softplus(logits)
        LESSONS[name].loss(density, counts, 8).backward()
        optimiser.step()
    found = density.detach().sum((1, 2))
    torch.testing.assert_close(found, counts.sum((1, 2)), atol=0.6, rtol=0.15)
    near = density[0, 2:8, 2:7].sum() + density[0, 10:15, 1:6].sum()
    assert near > 0.6 * found[0], "the people are found where they stand"


def test_the_zero_inflated_likelihood_follows_its_formula_and_learns_who_is_there() -> None:
    rate, presence = torch.tensor([[[2.0, 2.0]]]), torch.tensor([[[0.25, 0.25]]])
    counts = torch.tensor([[[0.0, 3.0]]])
    nobody = -torch.log(torch.tensor(0.75 + 0.25 * 2.718281828**-2.0))
    three = -torch.log(torch.tensor(0.25 * 2.718281828**-2.0 * 2.0**3 / 6.0))
    found = zero_inflated_poisson((rate, presence), counts, 64) - block_poisson(rate * presence, counts, 64)
    assert float(found) == pytest.approx(10 * float(nobody + three) / 2, rel=1e-4)


def test_the_zero_inflated_variance_is_that_of_many_draws() -> None:
    generator = torch.Generator().manual_seed(1)
    present = torch.rand(200_000, generator=generator) < 0.3
    drawn = torch.poisson(torch.full((200_000,), 2.5), generator=generator) * present
    found = float(zero_inflated_variance(torch.tensor(2.5), torch.tensor(0.3)))
    assert found == pytest.approx(float(drawn.var()), rel=0.03)


def test_cross_entropy_weighs_a_missed_person_more_than_a_false_one() -> None:
    mask = torch.zeros(1, 4, 4)
    mask[0, 0, 0] = 1
    missed, false = torch.full_like(mask, 0.01), torch.full_like(mask, 0.01)
    false[0, 0, 0], false[0, 3, 3] = 0.99, 0.99
    assert weighted_cross_entropy(missed, mask) > weighted_cross_entropy(false, mask)
