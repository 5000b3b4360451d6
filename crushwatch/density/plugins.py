"""What other installed packages offer by their entry points: networks and readers of data sets."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any

from crushwatch.errors import ModelError

NETWORKS_GROUP, DATASETS_GROUP = "crushwatch.networks", "crushwatch.datasets"


def offered(group: str) -> dict[str, EntryPoint]:
    """What is offered, by name; nothing of it is imported yet."""
    return {entry.name: entry for entry in entry_points(group=group)}


def loaded(entry: EntryPoint) -> Any:
    """What an entry point names; raises ModelError where its package cannot be imported."""
    try:
        return entry.load()
    except Exception as fault:  # somebody else's code: whatever it raises, it is told by name
        raise ModelError(
            f"{entry.name} ({entry.value}, group {entry.group}) cannot be loaded: {type(fault).__name__}: {fault}"
        ) from fault
