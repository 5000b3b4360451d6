"""The data sets, each read from its official layout into pictures with head points."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from crushwatch.density.datasets import (
    heads_json,
    jhu,
    mall,
    nwpu,
    plain,
    prepared,
    qnrf,
    shanghaitech,
    simulated,
    ucsd,
    vgg_cells,
)
from crushwatch.density.datasets.annotated import AnnotatedImage, DatasetError, Resized

__all__ = ["READERS", "AnnotatedImage", "DatasetError", "Resized", "read"]

READERS: dict[str, Callable[[Path, str], list[AnnotatedImage]]] = {
    "shanghaitech-a": lambda root, split: shanghaitech.read(root, "A", split),
    "shanghaitech-b": lambda root, split: shanghaitech.read(root, "B", split),
    "mall": mall.read,
    "nwpu": nwpu.read,
    "qnrf": qnrf.read,
    "jhu": jhu.read,
    "ucsd": ucsd.read,
    "vgg-cells": vgg_cells.read,
    "heads-json": heads_json.read,
    "beijing-brt": heads_json.read,
    "pets": heads_json.read,
    "negatives": heads_json.read,
    "rendered": heads_json.read,
    "simulated": simulated.read,
    "coco": plain.read_coco,
    "csv": plain.read_csv,
    "prepared": prepared.read,
}
"""A reader by name: (root, split) to pictures. Several names share the form of `heads.json`."""
SPLITS = ("train", "validation", "all-train", "test")
"""Those that every data set has."""


def read(name: str, root: Path, split: str) -> list[AnnotatedImage]:
    """The pictures of one split; raises DatasetError when the name, the folder or the split is unknown or empty.

    Pictures are called by their folder, so that `.` and `..` are taken by their own names.
    """
    if name not in READERS:
        raise DatasetError(f"there is no data set {name!r}; there are {', '.join(sorted(READERS))}")
    place = root.resolve()
    pictures = READERS[name](place, split)
    if not pictures:
        raise DatasetError(f"{root}: no pictures of {name}, split {split}; {_splits_with_pictures(name, place)}")
    return pictures


def _splits_with_pictures(name: str, root: Path) -> str:
    found = {split: _how_many(name, root, split) for split in SPLITS}
    there_are = ", ".join(f"{split} ({pictures})" for split, pictures in found.items() if pictures)
    return f"splits with pictures: {there_are}" if there_are else "no other split has any either"


def _how_many(name: str, root: Path, split: str) -> int:
    try:
        return len(READERS[name](root, split))
    except DatasetError:
        return 0
