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
from crushwatch.density.plugins import DATASETS_GROUP, loaded, offered

__all__ = ["READERS", "AnnotatedImage", "DatasetError", "Resized", "read"]

Reader = Callable[[Path, str], list[AnnotatedImage]]
"""(root, split) to pictures."""

READERS: dict[str, Reader] = {
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
"""By name. Several names share the form of `heads.json`."""
SPLITS = ("train", "validation", "all-train", "test")
"""Those that every data set has."""


def read(name: str, root: Path, split: str, missing_allowed: bool = False) -> list[AnnotatedImage]:
    """The pictures of one split; raises DatasetError when the name, the folder or the split is unknown or empty, or,
    unless that is allowed, when pictures are not there: a run should not end by it after an hour.

    Pictures are called by their folder, so that `.` and `..` are taken by their own names.
    """
    reader, place = reader_named(name), root.resolve()
    pictures = reader(place, split)
    if not pictures:
        raise DatasetError(f"{root}: no pictures of {name}, split {split}; {_splits_with_pictures(reader, place)}")
    missing = [] if missing_allowed else [image.path for image in pictures if not image.path.is_file()]
    if missing:
        raise DatasetError(f"{missing[0]}: no such picture; {len(missing)} of {len(pictures)} are not there")
    return pictures


def reader_named(name: str) -> Reader:
    """The reader of that name, ours or one that an installed package offers; raises DatasetError naming all."""
    if name in READERS:
        return READERS[name]
    others = offered(DATASETS_GROUP)
    if name not in others:
        raise DatasetError(f"there is no data set {name!r}; there are {', '.join(sorted({*READERS, *others}))}")
    reader: Reader = loaded(others[name])
    return reader


def _splits_with_pictures(reader: Reader, root: Path) -> str:
    found = {split: _how_many(reader, root, split) for split in SPLITS}
    there_are = ", ".join(f"{split} ({pictures})" for split, pictures in found.items() if pictures)
    return f"splits with pictures: {there_are}" if there_are else "no other split has any either"


def _how_many(reader: Reader, root: Path, split: str) -> int:
    try:
        return len(reader(root, split))
    except DatasetError:
        return 0
