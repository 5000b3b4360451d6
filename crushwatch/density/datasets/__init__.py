"""The data sets, each read from its official layout into pictures with head points."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from crushwatch.density.datasets import heads_json, mall, shanghaitech
from crushwatch.density.datasets.annotated import AnnotatedImage, DatasetError, Resized

__all__ = ["READERS", "AnnotatedImage", "DatasetError", "Resized", "read"]

READERS: dict[str, Callable[[Path, str], list[AnnotatedImage]]] = {
    "shanghaitech-a": lambda root, split: shanghaitech.read(root, "A", split),
    "shanghaitech-b": lambda root, split: shanghaitech.read(root, "B", split),
    "mall": mall.read,
    "heads-json": heads_json.read,
}
"""A reader by name: (root, split) to pictures."""


def read(name: str, root: Path, split: str) -> list[AnnotatedImage]:
    """The pictures of one split; raises DatasetError when the name, the folder or the split is unknown or empty."""
    if name not in READERS:
        raise DatasetError(f"there is no data set {name!r}; there are {', '.join(sorted(READERS))}")
    pictures = READERS[name](root, split)
    if not pictures:
        raise DatasetError(f"{root}: no pictures of {name}, split {split}")
    return pictures
