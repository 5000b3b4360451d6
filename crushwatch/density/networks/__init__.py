"""The networks, each from its paper, on one screen, built from a name; other packages may offer more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from typing import TypeVar

from torch import nn

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
from crushwatch.density.plugins import NETWORKS_GROUP, loaded, offered
from crushwatch.errors import ModelError, SiteError

__all__ = ["NETWORKS", "CountRegressor", "DensityNetwork", "build", "build_density", "parameter_count"]

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
"""Pictures to density."""


FRONT_ENDS: dict[str, Callable[..., DensityNetwork]] = {"vgg-pupil": Pupil}
"""What is trained to begin another network with, and counts nobody."""


FROM_MAPS: dict[str, Callable[..., CountRegressor]] = {"count-regressor": CountRegressor}
"""Density maps of one fixed size to counts."""

Kind = TypeVar("Kind", bound=nn.Module)
KINDS = {bool: "true or false", int: "a whole number from 1 on", float: "a number such as 0.1", str: "a name"}


def build(name: str, **options: object) -> nn.Module:
    """A fresh network of that name; raises EngineError naming those there are, SiteError for what it does not take."""
    return made(with_offered({**NETWORKS, **FRONT_ENDS, **FROM_MAPS}, name), name, options)


def build_density(name: str, **options: object) -> DensityNetwork:
    """The same for what gives pictures and wants maps: training, evaluation and export."""
    if name in FROM_MAPS:
        raise SiteError(
            f"{name} takes density maps of one fixed size, not pictures, so that train, evaluate and export cannot use "
            "it; `python -m bench.networks` trains it"
        )
    return made(with_offered(NETWORKS | FRONT_ENDS, name), name, options)


def with_offered(known: Mapping[str, Callable[..., Kind]], name: str) -> dict[str, Callable[..., Kind]]:
    """Those known, and, if it is none of them, what an installed package offers under the name."""
    other = None if name in known else offered(NETWORKS_GROUP).get(name)
    return dict(known) if other is None else {**known, name: loaded(other)}


def made(known: Mapping[str, Callable[..., Kind]], name: str, options: Mapping[str, object]) -> Kind:
    """The network of that name among those known."""
    if name not in known:
        there_are = sorted({*known, *offered(NETWORKS_GROUP)})
        raise ModelError(f"there is no network {name!r}; there are {', '.join(there_are)}")
    defaults = {option: parameter.default for option, parameter in signature(known[name]).parameters.items()}
    for option, value in options.items():
        if option not in defaults:
            raise SiteError(f"options: {name} has no {option!r}; it has {', '.join(defaults) or 'none'}")
        kind = type(defaults[option])
        taken = (float, int) if kind is float else (kind,)
        if kind in KINDS and (type(value) not in taken or (kind is int and isinstance(value, int) and value < 1)):
            raise SiteError(f"options: {option} of {name} is {KINDS[kind]}, not {value!r}")
    return known[name](**options)
