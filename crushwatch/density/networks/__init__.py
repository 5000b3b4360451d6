"""The networks, each from its paper, on one screen, built from a name."""

from __future__ import annotations

from collections.abc import Callable

from crushwatch.density.networks.compact import Compact
from crushwatch.density.networks.contract import DensityNetwork, parameter_count
from crushwatch.errors import EngineError

__all__ = ["NETWORKS", "DensityNetwork", "build", "parameter_count"]

NETWORKS: dict[str, Callable[..., DensityNetwork]] = {
    "compact": Compact,
}


def build(name: str, **options: object) -> DensityNetwork:
    """A fresh network of that name; raises EngineError naming those there are."""
    if name not in NETWORKS:
        raise EngineError(f"there is no network {name!r}; there are {', '.join(sorted(NETWORKS))}")
    return NETWORKS[name](**options)
