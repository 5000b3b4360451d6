"""CSRNet: Li, Zhang, Chen, "CSRNet: Dilated Convolutional Neural Networks for Understanding the Highly Congested
Scenes", CVPR 2018. Ten convolutions of VGG-16, six dilated ones, 1x1: people per cell at 1/8.

16,263,489 parameters in every configuration, 649.6 GFLOP for a 1024x768 frame. The paper's output is linear; ours goes
through a softplus, which adds no parameter, is never negative, and does not die as a ReLU can.
"""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor, nn

from crushwatch.density.networks.contract import DensityNetwork
from crushwatch.density.networks.vgg16 import IMAGENET_DEVIATION, IMAGENET_MEAN, TEN_CONVOLUTIONS, slimmer, stages
from crushwatch.errors import SiteError

CHANNELS = (512, 512, 512, 256, 128, 64)
DILATIONS = {"A": (1, 1, 1, 1, 1, 1), "B": (2, 2, 2, 2, 2, 2), "C": (2, 2, 2, 4, 4, 4), "D": (4, 4, 4, 4, 4, 4)}
"""The paper's table 3; B counted best."""


class CSRNet(DensityNetwork):
    """`batch_norm` helps to learn without ImageNet weights; `export.fold` takes it out and leaves the paper's graph.

    slim: every layer has so many times fewer channels; the paper's is 1, the rest is for rehearsals.
    """

    mean, deviation = IMAGENET_MEAN, IMAGENET_DEVIATION

    def __init__(self, configuration: str = "B", batch_norm: bool = False, slim: int = 1) -> None:
        super().__init__()
        if configuration not in DILATIONS:
            raise SiteError(f"options: configuration of csrnet is one of {', '.join(DILATIONS)}, not {configuration!r}")
        front = slimmer(TEN_CONVOLUTIONS, slim)
        self.front = stages(front, batch_norm=batch_norm)
        back = nn.Sequential()
        inputs = front[-1]
        for channels, dilation in zip(slimmer(CHANNELS, slim), DILATIONS[configuration], strict=True):
            back.extend(stages((channels,), inputs, batch_norm, dilation))
            inputs = channels
        self.back = back
        self.output = nn.Conv2d(inputs, 1, 1)
        nn.init.constant_(self.output.bias, -3.0)  # type: ignore[arg-type]

    def density(self, x: Tensor) -> Tensor:
        return F.softplus(self.output(self.back(self.front(x))).float())[:, 0]

    def front_end(self) -> list[nn.Module]:
        return list(self.front)
