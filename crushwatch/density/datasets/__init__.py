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


def read(name: str, root: Path, split: str) -> list[AnnotatedImage]:
    """The pictures of one split; raises DatasetError when the name, the folder or the split is unknown or empty.

    Pictures are called by their folder, so that `.` is taken by its own name.
    """
    if name not in READERS:
        raise DatasetError(f"there is no data set {name!r}; there are {', '.join(sorted(READERS))}")
    pictures = READERS[name](root if root.name else root.resolve(), split)
    if not pictures:
        raise DatasetError(f"{root}: no pictures of {name}, split {split}")
    return pictures
