"""VGG-16 to a heatmap: the first blocks of VGG-16 and two convolutions (after Katnoria's tutorial), and the same
without pooling.

`VGG16Decoder`: VGG-16 down to block3_conv3 at 1/4, 3x3 to 128, 3x3 to 1, upsampled by 4. 2,031,681 parameters.
`NoPooling`: seven 3x3 convolutions at full size. 4,501,889 parameters.
Both are known with a ReLU on the output and a squared error against sparse discs: almost all of the target is nothing,
so the output is soon negative everywhere, where a ReLU has no gradient, and stays nothing for ever. Here the output is
a softplus, whose gradient never ends, and the loss weighs people and ground alike.
"""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor, nn

from crushwatch.density.networks.contract import DensityNetwork
from crushwatch.density.networks.vgg16 import IMAGENET_DEVIATION, IMAGENET_MEAN, POOL, stages

BLOCKS_1_TO_3 = (64, 64, POOL, 128, 128, POOL, 256, 256, 256)


class VGG16Decoder(DensityNetwork):
    """People per pixel; each cell of 1/4 is spread over its 4 x 4 pixels, and the count stays."""

    cell_px = 1
    mean, deviation = IMAGENET_MEAN, IMAGENET_DEVIATION

    def __init__(self, batch_norm: bool = False) -> None:
        super().__init__()
        self.front = stages(BLOCKS_1_TO_3, batch_norm=batch_norm)
        self.back = stages((128,), 256, batch_norm)
        self.output = nn.Conv2d(128, 1, 3, padding=1)
        nn.init.constant_(self.output.bias, -4.0)  # type: ignore[arg-type]

    def density(self, x: Tensor) -> Tensor:
        cells = F.softplus(self.output(self.back(self.front(x))).float())
        return F.interpolate(cells, scale_factor=4.0, mode="nearest")[:, 0] / 16.0

    def front_end(self) -> list[nn.Module]:
        return list(self.front)


class NoPooling(DensityNetwork):
    """People per pixel, from 15 x 15 pixels around it: finds small heads, and cannot see a close one whole."""

    cell_px = 1
    mean, deviation = IMAGENET_MEAN, IMAGENET_DEVIATION

    def __init__(self, batch_norm: bool = False) -> None:
        super().__init__()
        self.body = stages((64, 128, 256, 512, 512, 128), batch_norm=batch_norm)
        self.output = nn.Conv2d(128, 1, 3, padding=1)
        nn.init.constant_(self.output.bias, -6.0)  # type: ignore[arg-type]

    def density(self, x: Tensor) -> Tensor:
        return F.softplus(self.output(self.body(x)).float())[:, 0]
