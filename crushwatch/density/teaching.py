"""How a network is taught: by marked heads, by another network's counts beside them, or by another's features.

Each gives one loss for one batch; the loop does not know which it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor

from crushwatch.density.losses import LESSONS, Lesson, block_poisson
from crushwatch.density.networks import DensityNetwork
from crushwatch.density.networks.compact import Compact, doubled
from crushwatch.density.networks.pupil import Pupil
from crushwatch.errors import SiteError

FEATURES = "features"
"""What `loss` says where a front end learns another network's features; its target is then of no account."""
MASKS = "head-masks"
"""The target of losses that teach to tell people's pixels."""


class Teaching(Protocol):
    """A loss for one batch."""

    def loss(self, network: DensityNetwork, images: Tensor, targets: Tensor) -> Tensor:
        """images: (n, side, side, 3) uint8 RGB; targets: (n, side / cell_px, side / cell_px), people a cell."""
        ...


@dataclass(frozen=True)
class ByHeads:
    """The lesson alone."""

    lesson: Lesson

    def loss(self, network: DensityNetwork, images: Tensor, targets: Tensor) -> Tensor:
        return self.of(self.given(network, images), network, targets)

    def given(self, network: DensityNetwork, images: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """What the network says, in the form that the lesson wants."""
        return network.rate_and_presence(images) if self.lesson.two_maps else network(images)

    def of(self, given: Tensor | tuple[Tensor, Tensor], network: DensityNetwork, targets: Tensor) -> Tensor:
        """How far that is from the targets, in full precision: CUDA refuses a cross-entropy in fewer bits."""
        with torch.autocast(targets.device.type, enabled=False):
            return self.lesson.loss(given, targets, network.cell_px)


@dataclass(frozen=True)
class ByTeacher:
    """(1 - share) x the lesson + share x the block deviance from the teacher's density (Hinton et al., 2015)."""

    heads: ByHeads
    teacher: DensityNetwork
    share: float

    def loss(self, network: DensityNetwork, images: Tensor, targets: Tensor) -> Tensor:
        with torch.no_grad():
            shown = self.teacher(images)
        given = self.heads.given(network, images)
        density = given if isinstance(given, Tensor) else given[0] * given[1]
        from_teacher = block_poisson(density, shown, network.cell_px)
        return (1.0 - self.share) * self.heads.of(given, network, targets) + self.share * from_teacher


@dataclass(frozen=True)
class ByFeatures:
    """Mean squared error between the pupil's features and the teacher's at strides 8 and 16, each channel standardised.

    The teacher is `Compact`, whose front end comes from ImageNet. What it sees at stride 16 is doubled to stride 8.
    Standardised over the batch, so that no channel counts for more because its numbers are larger.
    """

    teacher: Compact

    def loss(self, network: DensityNetwork, images: Tensor, targets: Tensor) -> Tensor:  # noqa: ARG002 - no heads here
        if not isinstance(network, Pupil):
            raise SiteError(f"loss {FEATURES} teaches the network vgg-pupil, not {type(network).__name__}")
        with torch.no_grad():
            at_8, at_16, _ = self.teacher.taps(self.teacher.normalised(images))
            shown = torch.cat((at_8, doubled(at_16)), dim=1)
        return F.mse_loss(standardised(network.features(images)), standardised(shown))


def standardised(features: Tensor) -> Tensor:
    """(n, c, h, w) in float32, each channel with mean 0 and deviation 1 over the batch."""
    return F.batch_norm(features.float(), None, None, training=True)


def frozen(teacher: DensityNetwork, device: str) -> DensityNetwork:
    """The teacher as it is used: on the device, in evaluation mode, without gradients."""
    teacher.eval().requires_grad_(False).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return teacher


def lesson_named(name: str) -> Lesson:
    """What `loss` names; raises SiteError naming those there are."""
    if name == FEATURES:
        return LESSONS["block-poisson"]
    if name not in LESSONS:
        raise SiteError(f"there is no loss {name!r}; there are {', '.join((*LESSONS, FEATURES))}")
    return LESSONS[name]


def check_fit(loss: str, name: str, network: DensityNetwork) -> None:
    """Raise SiteError where the network called `name` cannot learn from that loss."""
    masks = [other for other, lesson in LESSONS.items() if lesson.target == MASKS]
    counts = [other for other in LESSONS if other not in masks]
    if (loss == FEATURES) != isinstance(network, Pupil):
        raise SiteError(f"loss {FEATURES} and the network vgg-pupil go together; {name} cannot learn from loss {loss}")
    if loss in masks and network.counts:
        raise SiteError(f"loss {loss} is for unet-segmentation; {name} learns to count from {', '.join(counts)}")
    if loss in counts and not network.counts:
        raise SiteError(f"{name} tells people's pixels and learns from loss {', '.join(masks)}, not {loss}")


def teaching(loss: str, teacher: DensityNetwork | None, share: float, cell_px: int) -> Teaching:
    """The teaching that a configuration asks for; raises SiteError for what does not go together."""
    lesson = lesson_named(loss)
    if loss == FEATURES:
        if not isinstance(teacher, Compact):
            raise SiteError(f"loss {FEATURES} needs a teacher with features to show: teacher: compact")
        return ByFeatures(teacher)
    if teacher is None:
        return ByHeads(lesson)
    if teacher.cell_px != cell_px:
        raise SiteError(f"the teacher counts in cells of {teacher.cell_px} pixels, this network in cells of {cell_px}")
    return ByTeacher(ByHeads(lesson), teacher, share)
