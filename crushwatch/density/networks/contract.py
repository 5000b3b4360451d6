"""What every network keeps: pictures in as they come from a camera, people per cell out."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn


class DensityNetwork(nn.Module):
    """A network that takes uint8 RGB and normalises inside, so that no caller can forget to.

    Layers are defined in the order in which `density` uses them: `export.load_exported` relies on it.
    """

    cell_px: ClassVar[int] = 8
    """One cell of the output covers this many pixels of the input, both ways."""
    counts: ClassVar[bool] = True
    """Whether the output is people per cell, so that its sum counts them."""
    mean: ClassVar[tuple[float, float, float]] = (127.5, 127.5, 127.5)
    """Subtracted from red, green and blue (0 to 255)."""
    deviation: ClassVar[tuple[float, float, float]] = (127.5, 127.5, 127.5)
    """Divided by, after `mean` is subtracted."""
    scale: Tensor
    shift: Tensor

    def __init__(self) -> None:
        super().__init__()
        scale = torch.tensor(self.deviation).reciprocal().view(1, 3, 1, 1)
        self.register_buffer("scale", scale, persistent=False)
        self.register_buffer("shift", torch.tensor(self.mean).view(1, 3, 1, 1) * scale, persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """People per cell.

        images: (n, h, w, 3) uint8 RGB, h and w multiples of 32.
        Returns (n, h / cell_px, w / cell_px) float32; its sum over a picture is the count.
        """
        return self.density(self.normalised(images)).float()

    def normalised(self, images: Tensor) -> Tensor:
        """(n, h, w, 3) uint8 to (n, 3, h, w) float32; a view of channels-last memory, nothing is copied twice.

        To float first: TensorRT transposes no uint8.
        """
        return images.float().permute(0, 3, 1, 2) * self.scale - self.shift

    def rate_and_presence(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """(rate, presence): how many people if somebody is in the cell, and the probability that somebody is.

        Their product is the density. Networks with one map cannot tell the two apart: presence is 1 everywhere.
        """
        density = self(images)
        return density, torch.ones_like(density)

    def front_end(self) -> list[nn.Module]:
        """The stages that may start pre-trained, first ones first; none by default."""
        return []

    def density(self, x: Tensor) -> Tensor:
        """(n, 3, h, w) normalised to (n, h / cell_px, w / cell_px)."""
        raise NotImplementedError


def parameter_count(network: nn.Module) -> int:
    """How many numbers the network has learnt; running statistics of batch normalisation are not among them."""
    return sum(parameter.numel() for parameter in network.parameters())
