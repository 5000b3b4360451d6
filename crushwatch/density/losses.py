"""What a network is taught by: how far its density is from the heads that people have marked."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor

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
