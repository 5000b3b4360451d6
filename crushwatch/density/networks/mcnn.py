"""MCNN: Zhang et al., "Single-Image Crowd Counting via Multi-Column Convolutional Neural Network", CVPR 2016.

Three columns with large, middle and small kernels for heads of three sizes, joined by a 1x1; people per cell at 1/4.
133,705 parameters.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor, nn

from crushwatch.density.networks.contract import DensityNetwork

COLUMNS = (
    ((9, 16), (7, 32), (7, 16), (7, 8)),
    ((7, 20), (5, 40), (5, 20), (5, 10)),
    ((5, 24), (3, 48), (3, 24), (3, 12)),
)
"""Kernel and channels of each column's convolutions; a pooling follows the first two."""


class MCNN(DensityNetwork):
    cell_px = 4

    def __init__(self) -> None:
        super().__init__()
        self.columns = nn.ModuleList(column(plan) for plan in COLUMNS)
        self.join = nn.Conv2d(sum(plan[-1][1] for plan in COLUMNS), 1, 1)
        nn.init.constant_(self.join.bias, -4.0)  # type: ignore[arg-type]

    def density(self, x: Tensor) -> Tensor:
        joined = self.join(torch.cat([column(x) for column in self.columns], dim=1))
        return F.softplus(joined.float())[:, 0]


def column(plan: tuple[tuple[int, int], ...]) -> nn.Sequential:
    """Four convolutions with ReLU, pooled by two after the first and the second."""
    layers: list[nn.Module] = []
    inputs = 3
    for index, (kernel, channels) in enumerate(plan):
        layers += [nn.Conv2d(inputs, channels, kernel, padding=kernel // 2), nn.ReLU(inplace=True)]
        layers += [nn.MaxPool2d(2)] if index < 2 else []
        inputs = channels
    return nn.Sequential(*layers)
