"""A VGG front end that learns another network's features, through a 1x1 convolution that is thrown away afterwards.

For where VGG-16's ImageNet weights cannot be had but those of a small network can (FitNets: Romero et al., 2015).
"""

from __future__ import annotations

from torch import Tensor, nn

from crushwatch.density.networks.contract import DensityNetwork
from crushwatch.density.networks.vgg16 import IMAGENET_DEVIATION, IMAGENET_MEAN, TEN_CONVOLUTIONS, slimmer, stages
from crushwatch.errors import EngineError

FEATURES = 192 + 576
"""Channels of `Compact` at strides 8 and 16."""


class Pupil(DensityNetwork):
    """Counts nobody; its `front` is what `init` takes from its checkpoint."""

    counts = False
    mean, deviation = IMAGENET_MEAN, IMAGENET_DEVIATION

    def __init__(self, batch_norm: bool = True, slim: int = 1) -> None:
        super().__init__()
        plan = slimmer(TEN_CONVOLUTIONS, slim)
        self.front = stages(plan, batch_norm=batch_norm)
        self.projection = nn.Conv2d(plan[-1], FEATURES, 1)

    def features(self, images: Tensor) -> Tensor:
        """(n, h, w, 3) uint8 to (n, FEATURES, h / 8, w / 8)."""
        projected: Tensor = self.projection(self.front(self.normalised(images)))
        return projected

    def density(self, x: Tensor) -> Tensor:  # noqa: ARG002 - the contract's signature
        raise EngineError("vgg-pupil is a front end that learns features; start csrnet with its checkpoint (init)")

    def front_end(self) -> list[nn.Module]:
        return list(self.front)
