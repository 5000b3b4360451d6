"""A convolutional autoencoder from picture to heatmap, as tried after Itaewon: twelve layers down, twelve up.

Four blocks of convolution, normalisation and ReLU each way, and a 1x1: 346,241 parameters with the normalisation's (the
source gives the sum, not the layers; these are ours). Its target is a Gaussian heatmap; here the heatmap is people per
pixel, so that its sum is the count.
"""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor, nn

from crushwatch.density.networks.contract import DensityNetwork
from crushwatch.density.networks.vgg16 import POOL

ENCODER = (128, POOL, 64, POOL, 64, POOL, 64)
DECODER = (128, 64, 64, 16)


class Autoencoder(DensityNetwork):
    cell_px = 1

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential()
        inputs = 3
        for channels in ENCODER:
            self.encoder.extend([nn.MaxPool2d(2)] if channels == POOL else block(inputs, channels))
            inputs = channels or inputs
        self.decoder = nn.ModuleList(block(i, o) for i, o in zip((64, *DECODER), DECODER, strict=False))
        self.output = nn.Conv2d(DECODER[-1], 1, 1)
        nn.init.constant_(self.output.bias, -6.0)  # type: ignore[arg-type]

    def density(self, x: Tensor) -> Tensor:
        x = self.encoder(x)
        for level, layers in enumerate(self.decoder):
            x = layers(x)
            if level < 3:
                x = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        return F.softplus(self.output(x).float())[:, 0]


def block(inputs: int, outputs: int) -> nn.Sequential:
    """3x3 convolution, normalisation, ReLU."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))
