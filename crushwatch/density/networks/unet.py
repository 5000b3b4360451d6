"""U-Net for counting: Ronneberger et al., "U-Net: Convolutional Networks for Biomedical Image Segmentation", 2015.

As used for cells and people: three blocks down and three up, two 3x3 convolutions a block, the same number of filters
throughout, skip connections; people per pixel. With 64 filters 592,513 parameters.
`UNetSegmentation` is the same network that says for each pixel whether it is part of a person.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor, nn

from crushwatch.density.networks.contract import DensityNetwork
from crushwatch.density.networks.vgg16 import stages


class UNet(DensityNetwork):
    cell_px = 1

    def __init__(self, filters: int = 64, batch_norm: bool = False) -> None:
        super().__init__()
        pair = (filters, filters)
        self.down = nn.ModuleList(stages(pair, 3 if level == 0 else filters, batch_norm) for level in range(3))
        self.bottom = stages(pair, filters, batch_norm)
        self.up = nn.ModuleList(stages(pair, 2 * filters, batch_norm) for _ in range(3))
        self.output = nn.Conv2d(filters, 1, 1)
        nn.init.constant_(self.output.bias, -6.0)  # type: ignore[arg-type]

    def density(self, x: Tensor) -> Tensor:
        return F.softplus(self.logits(x).float())

    def logits(self, x: Tensor) -> Tensor:
        """(n, 3, h, w) to (n, h, w), before the last non-linearity."""
        skipped: list[Tensor] = []
        for block in self.down:
            x = block(x)
            skipped.append(x)
            x = F.max_pool2d(x, 2)
        x = self.bottom(x)
        for block in self.up:
            x = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
            x = block(torch.cat((x, skipped.pop()), dim=1))
        logits: Tensor = self.output(x)[:, 0]
        return logits


class UNetSegmentation(UNet):
    """The share of each pixel that is a person: a probability, not a density. With 32 filters 148,801 parameters."""

    counts = False

    def __init__(self, filters: int = 32, batch_norm: bool = False) -> None:
        super().__init__(filters, batch_norm)
        nn.init.constant_(self.output.bias, -3.0)  # type: ignore[arg-type]

    def density(self, x: Tensor) -> Tensor:
        return self.logits(x).float().sigmoid()
