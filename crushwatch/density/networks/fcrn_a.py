"""FCRN-A: Xie, Noble, Zisserman, "Microscopy Cell Counting with Fully Convolutional Regression Networks", 2015.

Three blocks down with a growing number of filters, one 3x3 convolution each, 512 at the bottom, three up without skip
connections; cells (or people) per pixel. 1,365,825 parameters.
"""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor, nn

from crushwatch.density.networks.contract import DensityNetwork
from crushwatch.density.networks.vgg16 import POOL, stages

DOWN = (32, POOL, 64, POOL, 128, POOL, 512)
UP = (128, 64, 32)


class FCRNA(DensityNetwork):
    cell_px = 1

    def __init__(self, batch_norm: bool = False) -> None:
        super().__init__()
        self.down = stages(DOWN, batch_norm=batch_norm)
        self.up = nn.ModuleList(
            stages((channels,), inputs, batch_norm) for inputs, channels in zip((512, *UP), UP, strict=False)
        )
        self.output = nn.Conv2d(UP[-1], 1, 1)
        nn.init.constant_(self.output.bias, -6.0)  # type: ignore[arg-type]

    def density(self, x: Tensor) -> Tensor:
        x = self.down(x)
        for block in self.up:
            x = block(F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False))
        return F.softplus(self.output(x).float())[:, 0]
