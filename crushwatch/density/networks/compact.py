"""Compact: a MobileNetV2 front end and a three-level pyramid, people per cell at 1/8. The CPU default.

Front end: Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018, width 1.0, up to its
16th block, batch normalisation folded (so it stays folded while training), TensorFlow's SAME padding.
Pyramid: Lin et al., "Feature Pyramid Networks", CVPR 2017, strides 32, 16 and 8.
Two maps whose product is the density: how many if somebody is there (softplus), and whether anybody is (sigmoid).
2,107,682 parameters, 19.3 GFLOP for a 1024x768 frame.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor, nn

from crushwatch.density.networks.contract import DensityNetwork
from crushwatch.errors import SiteError

BLOCKS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2))
"""The paper's table 2: expansion, channels, repeats, stride of the first."""
SENSITIVE_BLOCKS = 2
"""The stem and so many blocks are computed in FP32 always: in BF16 they lower every count, by 2.5 % in all."""
TAP_8, TAP_16 = 6, 13
"""The blocks whose expanded channels are the pyramid's inputs at strides 8 and 16; at 32 it is the last block."""


class Compact(DensityNetwork):
    """`batch_norm` puts batch normalisation into the pyramid while training; `export.fold` takes it out. `dropout`: the
    share of channels that the pyramid and the head do without, others at each step of training.
    """

    def __init__(self, batch_norm: bool = False, width: int = 128, dropout: float = 0.0) -> None:
        super().__init__()
        if not 0.0 <= dropout < 1.0:
            raise SiteError(f"options: dropout is a share from 0.0 to below 1.0, not {dropout}")
        self.dropped = nn.Dropout2d(dropout)
        self.stem = Convolution6(3, 32, kernel=3, stride=2)
        self.blocks = nn.ModuleList(inverted_residuals())
        self.lateral_32 = convolution(160, width, 1, batch_norm)
        self.smooth_32 = convolution(width, width, 3, batch_norm)
        self.lateral_16 = convolution(576, width, 1, batch_norm)
        self.smooth_16 = convolution(width, width, 3, batch_norm)
        self.lateral_8 = convolution(192, width, 1, batch_norm)
        self.smooth_8 = convolution(width, width, 3, batch_norm)
        self.context = convolution(width, width, 3, batch_norm, dilation=2)
        self.head = convolution(width, 64, 3, batch_norm)
        self.maps = nn.Conv2d(64, 2, 1)
        nn.init.constant_(self.maps.bias[:1], -3.0)  # type: ignore[index]
        nn.init.constant_(self.maps.bias[1:], 0.0)  # type: ignore[index]

    def front_end(self) -> list[nn.Module]:
        return [self.stem, *self.blocks]

    def density(self, x: Tensor) -> Tensor:
        rate, presence = self.two_maps(x)
        return rate * presence

    def rate_and_presence(self, images: Tensor) -> tuple[Tensor, Tensor]:
        return self.two_maps(self.normalised(images))

    def two_maps(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """How many people if somebody is in the cell, and the probability that somebody is."""
        at_8, at_16, at_32 = (self.dropped(tap) for tap in self.taps(x))
        coarse = self.smooth_32(self.lateral_32(at_32))
        middle = self.smooth_16(self.lateral_16(at_16) + doubled(coarse))
        fine = self.smooth_8(self.lateral_8(at_8) + doubled(middle))
        maps = self.maps(self.head(self.context(self.dropped(fine)))).float()
        return F.softplus(maps[:, 0]), maps[:, 1].sigmoid()

    def taps(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The front end's features at strides 8, 16 and 32."""
        expanded: dict[int, Tensor] = {}
        with torch.autocast(x.device.type, enabled=False):
            x = self.stem(x)
            for block in self.blocks[:SENSITIVE_BLOCKS]:
                _, x = block(x)
        for index, block in enumerate(self.blocks[SENSITIVE_BLOCKS:], start=SENSITIVE_BLOCKS):
            expanded[index], x = block(x)
        return expanded[TAP_8], expanded[TAP_16], x


class Convolution6(nn.Module):
    """Convolution and ReLU6, padded as TensorFlow does: for stride 2 one row and column, at the far side."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.far_side_only = stride == 2
        padding = 0 if self.far_side_only else kernel // 2
        self.convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups)
        nn.init.kaiming_normal_(self.convolution.weight)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu6(self.filtered(x), inplace=True)

    def filtered(self, x: Tensor) -> Tensor:
        """What the ReLU6 gets.

        A processor goes back through a stride of a depthwise convolution so slowly that in training it is faster to
        compute every place and keep every second.
        """
        kernel = self.convolution
        if not self.far_side_only:
            return kernel(x)  # type: ignore[no-any-return]
        if self.training and x.device.type == "cpu" and kernel.groups > 1 and kernel.weight.requires_grad:
            return F.conv2d(x, kernel.weight, kernel.bias, padding=1, groups=kernel.groups)[:, :, 1::2, 1::2]
        return kernel(F.pad(x, (0, 1, 0, 1)))  # type: ignore[no-any-return]


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project; gives (expanded, projected)."""

    def __init__(self, inputs: int, outputs: int, expansion: int, stride: int) -> None:
        super().__init__()
        inner = inputs * expansion
        self.expand = Convolution6(inputs, inner) if expansion > 1 else nn.Identity()
        self.filter = Convolution6(inner, inner, kernel=3, stride=stride, groups=inner)
        self.project = nn.Conv2d(inner, outputs, 1)
        nn.init.kaiming_normal_(self.project.weight, nonlinearity="linear")
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        expanded = self.expand(x)
        projected = self.project(self.filter(expanded))
        return expanded, x + projected if self.residual else projected


def inverted_residuals() -> list[InvertedResidual]:
    """The front end's 16 blocks."""
    blocks: list[InvertedResidual] = []
    channels = 32
    for expansion, outputs, repeats, first_stride in BLOCKS:
        for repeat in range(repeats):
            blocks.append(InvertedResidual(channels, outputs, expansion, first_stride if repeat == 0 else 1))
            channels = outputs
    return blocks


def convolution(inputs: int, outputs: int, kernel: int, batch_norm: bool, dilation: int = 1) -> nn.Sequential:
    """Convolution, batch normalisation if asked for, ReLU."""
    padding = dilation * (kernel // 2)
    layers = [nn.Conv2d(inputs, outputs, kernel, padding=padding, dilation=dilation, bias=not batch_norm)]
    return nn.Sequential(*layers, *([nn.BatchNorm2d(outputs)] if batch_norm else []), nn.ReLU(inplace=True))


def doubled(x: Tensor) -> Tensor:
    """Twice as high and wide, bilinear."""
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
