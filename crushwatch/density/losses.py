"""What a network is taught by: how far its density is from the heads that people have marked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor

from crushwatch.density.segmentation import HUMAN_WEIGHT

ENTROPY_PX2 = 10.0
"""How much the transport plan of DM-Count is smoothed, in squared pixels; the paper's."""
SMALLEST_RATE = 1e-6
"""A cell's rate is never taken to be lower: its logarithm must stay finite."""


def poisson_deviance(rate: Tensor, count: Tensor) -> Tensor:
    """Half the deviance of a Poisson variable: rate - n + n log(n / rate), elementwise; 0 where rate = n.

    rate:  people expected in a block, positive.
    count: people marked in it (n), not negative.
    """
    rate = rate.clamp_min(SMALLEST_RATE)
    return rate - count + torch.xlogy(count, count.clamp_min(SMALLEST_RATE) / rate)


def blocks(cells: Tensor, side: int) -> Tensor:
    """Sums over squares of `side` x `side` cells: (n, h, w) to (n, h / side, w / side)."""
    return cells if side == 1 else F.avg_pool2d(cells[:, None], side)[:, 0] * side**2


def block_poisson(density: Tensor, counts: Tensor, cell_px: int = 8) -> Tensor:
    """The Poisson deviance in blocks of 8, 16, 32 and 64 pixels, and the error of the whole crop's count.

    density, counts: (n, h / cell_px, w / cell_px), people a cell: estimated, and marked.
    Weights 2, 1, 0.5 and 0.25, each per cell of `cell_px` pixels as far as the sum goes, times 10; the count's
    absolute error by 1 + the root of the count, times 0.05. Dense and sparse crops then weigh alike by themselves.
    """
    total = density.new_zeros(())
    for block_px, weight in ((8, 2.0), (16, 1.0), (32, 0.5), (64, 0.25)):
        side = max(1, block_px // cell_px)
        total = total + weight * poisson_deviance(blocks(density, side), blocks(counts, side)).mean()
    return 10.0 * total + 0.05 * count_error(density, counts)


def count_error(density: Tensor, counts: Tensor) -> Tensor:
    """|sum - count| / (1 + sqrt(count)), the mean over crops."""
    true = counts.sum((1, 2))
    return ((density.sum((1, 2)) - true).abs() / (1.0 + true.sqrt())).mean()


def l2(density: Tensor, target: Tensor, cell_px: int = 8) -> Tensor:  # noqa: ARG001 - all losses are called alike
    """Half the squared difference of maps, summed over cells, the mean over crops (Li et al., CVPR 2018)."""
    return 0.5 * (density - target).square().sum((1, 2)).mean()


def bayesian(density: Tensor, counts: Tensor, cell_px: int = 8, sigma_px: float = 8.0, margin: float = 0.15) -> Tensor:
    """Bayesian loss (Ma et al., ICCV 2019): each head should receive one person, and the ground none.

    A cell's people are shared among the heads as a Gaussian of sigma_px says they are to blame for it, and the ground,
    which stands at a distance of `margin` times the crop's side beyond the nearest head.
    """
    loss = density.new_zeros(())
    for estimated, marked in zip(density, counts, strict=True):
        loss = loss + bayesian_of_crop(estimated, marked, cell_px, sigma_px, margin)
    return loss / len(density)


def bayesian_of_crop(density: Tensor, counts: Tensor, cell_px: int, sigma_px: float, margin: float) -> Tensor:
    """The loss of one crop, (h, w) each."""
    heads = counts.nonzero().float()
    if len(heads) == 0:
        return density.sum()
    squared = torch.cdist(cell_grid(density), heads).square() * cell_px**2
    ground = (margin * cell_px * max(density.shape)) ** 2 / squared.amin(1, keepdim=True).clamp_min(1.0)
    share = torch.cat((-squared, -ground), dim=1).div(2.0 * sigma_px**2).softmax(dim=1)
    received = share.T @ density.flatten()
    wanted = torch.cat((counts[counts > 0], counts.new_zeros(1)))
    return (received - wanted).abs().sum()


def dm_count(density: Tensor, counts: Tensor, cell_px: int = 8) -> Tensor:
    """DM-Count (Wang et al., NeurIPS 2020): |count error| + 0.1 optimal transport + 0.01 count x total variation."""
    loss = density.new_zeros(())
    for estimated, marked in zip(density, counts, strict=True):
        people, found = marked.sum(), estimated.sum()
        loss = loss + (found - people).abs()
        if people > 0:
            shape, true_shape = estimated / found.clamp_min(SMALLEST_RATE), marked / people
            loss = loss + 0.1 * transport(estimated, shape, marked, cell_px)
            loss = loss + 0.01 * people * 0.5 * (shape - true_shape).abs().sum()
    return loss / len(density)


def transport(density: Tensor, shape: Tensor, counts: Tensor, cell_px: int, rounds: int = 50) -> Tensor:
    """A term whose gradient for `density` is that of the entropic transport cost from its shape to the heads'.

    Sinkhorn in logarithms, the cost being the squared distance in pixels; the dual potential is held fixed, as in the
    paper.
    """
    with torch.no_grad():
        heads = counts.nonzero().float()
        cost = torch.cdist(cell_grid(density), heads).square() * cell_px**2 / ENTROPY_PX2
        source = shape.flatten().clamp_min(1e-12).log()
        goal = (counts[counts > 0] / counts.sum()).log()
        potential, other = torch.zeros_like(source), torch.zeros_like(goal)
        for _ in range(rounds):
            other = -torch.logsumexp(potential[:, None] + source[:, None] - cost, dim=0)
            potential = -torch.logsumexp(other[None] + goal[None] - cost, dim=1)
        found = density.sum()
        slope = ENTROPY_PX2 * (potential / found - (potential * density.flatten()).sum() / found**2)
    return (density.flatten() * slope).sum()


def zero_inflated_poisson(maps: tuple[Tensor, Tensor], counts: Tensor, cell_px: int = 8) -> Tensor:
    """Zero-inflated Poisson over cells (ZIP, 2025): minus the log likelihood, with the block deviance of the mean.

    maps: (rate, presence), each (n, h, w): how many if somebody is there, and the probability that somebody is.
    """
    rate, presence = maps[0].clamp_min(SMALLEST_RATE), maps[1].clamp(SMALLEST_RATE, 1.0 - SMALLEST_RATE)
    nobody = -torch.log1p(presence * torch.expm1(-rate))
    somebody = rate - torch.xlogy(counts, rate) + torch.lgamma(counts + 1.0) - presence.log()
    return 10.0 * torch.where(counts > 0, somebody, nobody).mean() + block_poisson(rate * presence, counts, cell_px)


def zero_inflated_variance(rate: Tensor, presence: Tensor) -> Tensor:
    """Variance of a zero-inflated Poisson count, people squared: p r (1 + (1 - p) r)."""
    return presence * rate * (1.0 + (1.0 - presence) * rate)


def weighted_cross_entropy(
    probability: Tensor,
    mask: Tensor,
    cell_px: int = 1,  # noqa: ARG001 - all losses are called alike
    weight: float = HUMAN_WEIGHT,
) -> Tensor:
    """Cross-entropy per pixel; a person's pixel weighs `weight` times one of the ground."""
    entropy = F.binary_cross_entropy(probability.clamp(1e-6, 1.0 - 1e-6), mask, reduction="none")
    weights = 1.0 + (weight - 1.0) * mask
    return (entropy * weights).sum() / weights.sum()


def cell_grid(density: Tensor) -> Tensor:
    """(h x w, 2): row and column of each cell of a map (h, w)."""
    rows, columns = (torch.arange(length, device=density.device, dtype=torch.float32) for length in density.shape)
    return torch.cartesian_prod(rows, columns)


@dataclass(frozen=True)
class Lesson:
    """A loss and what it compares: which target the heads are turned into, and whether it wants both maps."""

    loss: Callable[..., Tensor]
    target: str = "dots"
    two_maps: bool = False


LESSONS = {
    "block-poisson": Lesson(block_poisson),
    "l2": Lesson(l2, "fixed-gaussian"),
    "l2-adaptive": Lesson(l2, "adaptive-gaussian"),
    "l2-discs": Lesson(l2, "discs"),
    "bayesian": Lesson(bayesian),
    "dm-count": Lesson(dm_count),
    "zero-inflated-poisson": Lesson(zero_inflated_poisson, two_maps=True),
    "weighted-cross-entropy": Lesson(weighted_cross_entropy, "head-masks"),
}
"""What `loss` in a training configuration may name."""
