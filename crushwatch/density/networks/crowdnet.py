"""CrowdNet: Boominathan, Kruthiventi, Babu, "CrowdNet: A Deep Convolutional Network for Dense Crowd Counting", 2016.

A deep column (VGG-16's thirteen convolutions; the fourth pooling keeps the size and the last three convolutions are
dilated instead) sees bodies; a shallow one (three 5x5 convolutions, averaged) sees blobs; both at 1/8, joined by a 1x1.
The paper upsamples the joined map to the picture's size, which changes no count; here it stays at 1/8.
14,745,897 parameters.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor, nn

from crushwatch.density.networks.contract import DensityNetwork
from crushwatch.density.networks.vgg16 import IMAGENET_DEVIATION, IMAGENET_MEAN, TEN_CONVOLUTIONS, stages


class CrowdNet(DensityNetwork):
    mean, deviation = IMAGENET_MEAN, IMAGENET_DEVIATION

    def __init__(self, batch_norm: bool = False) -> None:
        super().__init__()
        self.deep = stages(TEN_CONVOLUTIONS, batch_norm=batch_norm)
        self.deep_dilated = stages((512, 512, 512), 512, batch_norm, dilation=2)
        self.shallow = nn.Sequential(*(layer for inputs in (3, 24, 24) for layer in shallow_block(inputs)))
        self.join = nn.Conv2d(512 + 24, 1, 1)
        nn.init.constant_(self.join.bias, -3.0)  # type: ignore[arg-type]

    def density(self, x: Tensor) -> Tensor:
        deep = self.deep_dilated(F.max_pool2d(self.deep(x), 3, stride=1, padding=1))
        return F.softplus(self.join(torch.cat((deep, self.shallow(x)), dim=1)).float())[:, 0]

    def front_end(self) -> list[nn.Module]:
        return list(self.deep)


def shallow_block(inputs: int) -> tuple[nn.Module, ...]:
    """A 5x5 convolution to 24 blobs, averaged to half the size."""
    return nn.Conv2d(inputs, 24, 5, padding=2), nn.ReLU(inplace=True), nn.AvgPool2d(5, stride=2, padding=2)
