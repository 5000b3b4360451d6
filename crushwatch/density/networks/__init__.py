"""The networks, each from its paper, on one screen, built from a name."""

from __future__ import annotations

from collections.abc import Callable

from crushwatch.density.networks.autoencoder import Autoencoder
from crushwatch.density.networks.compact import Compact
from crushwatch.density.networks.contract import DensityNetwork, parameter_count
from crushwatch.density.networks.count_regressor import CountRegressor
from crushwatch.density.networks.crowdnet import CrowdNet
from crushwatch.density.networks.csrnet import CSRNet
from crushwatch.density.networks.fcrn_a import FCRNA
from crushwatch.density.networks.mcnn import MCNN
from crushwatch.density.networks.pupil import Pupil
from crushwatch.density.networks.unet import UNet, UNetSegmentation
from crushwatch.density.networks.vgg16_decoder import NoPooling, VGG16Decoder
from crushwatch.errors import EngineError

__all__ = ["NETWORKS", "CountRegressor", "DensityNetwork", "build", "parameter_count"]

NETWORKS: dict[str, Callable[..., DensityNetwork]] = {
    "compact": Compact,
    "csrnet": CSRNet,
    "mcnn": MCNN,
    "unet": UNet,
    "unet-segmentation": UNetSegmentation,
    "fcrn-a": FCRNA,
    "crowdnet": CrowdNet,
    "vgg16-decoder": VGG16Decoder,
    "no-pooling": NoPooling,
    "autoencoder": Autoencoder,
}
"""Pictures to density. `CountRegressor` goes from a density map to a count and stands beside them."""


FRONT_ENDS: dict[str, Callable[..., DensityNetwork]] = {"vgg-pupil": Pupil}
"""What is trained to begin another network with, and counts nobody."""


def build(name: str, **options: object) -> DensityNetwork:
    """A fresh network of that name; raises EngineError naming those there are."""
    known = NETWORKS | FRONT_ENDS
    if name not in known:
        raise EngineError(f"there is no network {name!r}; there are {', '.join(sorted(known))}")
    return known[name](**options)
