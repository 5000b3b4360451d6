"""VGG-16's front: Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition"."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from crushwatch.errors import EngineError, SiteError

POOL = 0
"""In a plan: a 2x2 maximum pooling; other numbers are the channels of a 3x3 convolution."""
TEN_CONVOLUTIONS = (64, 64, POOL, 128, 128, POOL, 256, 256, 256, POOL, 512, 512, 512)
"""Up to conv4_3, output at 1/8: what CSRNet keeps."""
IMAGENET_MEAN = (123.675, 116.28, 103.53)
IMAGENET_DEVIATION = (58.395, 57.12, 57.375)


def slimmer(plan: Sequence[int], times: int) -> tuple[int, ...]:
    """The plan with so many times fewer channels in each layer; for rehearsals. Raises SiteError where none is left.

    >>> slimmer((64, 64, POOL, 128), 8)
    (8, 8, 0, 16)
    """
    if times > (most := min(channels for channels in plan if channels != POOL)):
        raise SiteError(f"options: slim is at most {most}, or a layer has no channels left, not {times}")
    return tuple(channels // times for channels in plan)


def stages(plan: Sequence[int], inputs: int = 3, batch_norm: bool = False, dilation: int = 1) -> nn.Sequential:
    """3x3 convolutions with ReLU, and poolings, as the plan says; normalised before each ReLU if asked for."""
    layers: list[nn.Module] = []
    for channels in plan:
        if channels == POOL:
            layers.append(nn.MaxPool2d(2))
            continue
        layers.append(nn.Conv2d(inputs, channels, 3, padding=dilation, dilation=dilation, bias=not batch_norm))
        nn.init.kaiming_normal_(layers[-1].weight)  # type: ignore[arg-type]
        layers += [nn.BatchNorm2d(channels)] if batch_norm else []
        layers.append(nn.ReLU(inplace=True))
        inputs = channels
    return nn.Sequential(*layers)


def take_imagenet(front: Sequence[nn.Module]) -> None:
    """Give a VGG front torchvision's ImageNet weights, downloaded once. Raises EngineError saying what is missing."""
    if not front or not isinstance(front[0], nn.Conv2d):
        raise EngineError("--init imagenet is for networks with a VGG front: csrnet, crowdnet, vgg16-decoder")
    normalised = any(isinstance(layer, nn.BatchNorm2d) for layer in front)
    try:
        from torchvision import models
    except ImportError:
        raise EngineError("--init imagenet needs torchvision: pip install 'crushwatch[imagenet]'") from None
    try:
        source = models.vgg16_bn(weights="DEFAULT") if normalised else models.vgg16(weights="DEFAULT")
    except OSError as fault:
        raise EngineError(f"--init imagenet could not download VGG-16's weights ({fault})") from fault
    copy_front(source.features, nn.Sequential(*front))


def copy_front(source: nn.Sequential, front: nn.Sequential) -> None:
    """Copy convolutions and normalisations in order; a bias that has no place goes into the mean that follows it."""
    kinds = (nn.Conv2d, nn.BatchNorm2d)
    theirs = [layer for layer in source if isinstance(layer, kinds)]
    ours = [layer for layer in front if isinstance(layer, kinds)]
    bias: torch.Tensor | None = None
    for taken, layer in zip(theirs, ours, strict=False):
        state = taken.state_dict()
        if isinstance(layer, nn.Conv2d) and layer.bias is None:
            bias = state.pop("bias", None)
        elif isinstance(layer, nn.BatchNorm2d) and bias is not None:
            state["running_mean"] = state["running_mean"] - bias
        layer.load_state_dict(state)
