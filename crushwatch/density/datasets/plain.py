"""Pictures of one's own, with their points in a file that many tools write.

    COCO:  <root>/annotations.json, pictures in <root>/images; a person's head is the keypoint named nose (the first
           one that is labelled, where there is no nose), or else the top of its box's middle
    CSV:   <root>/points.csv with columns file,x,y (a line a head; a picture without heads: file,,), <root>/images

The validation split is the last tenth in the order of the names.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crushwatch.density.datasets.annotated import AnnotatedImage, DatasetError, as_points, folder_at
from crushwatch.density.datasets.heads_json import part_of

HEAD_SHARE = 0.08
"""How far below the top of a person's box the middle of the head is, as a share of the box's height."""


def read_coco(root: Path, split: str) -> list[AnnotatedImage]:
    """Pictures with COCO annotations."""
    path = root / "annotations.json"
    try:
        stored = json.loads(path.read_text())
        names = {image["id"]: str(image["file_name"]) for image in stored["images"]}
        points: dict[str, list[tuple[float, float]]] = {name: [] for name in names.values()}
        for annotation in stored["annotations"]:
            points[names[annotation["image_id"]]].append(head_of(annotation))
    except FileNotFoundError:
        raise DatasetError(f"{path}: no such file; expected layout: annotations.json and images/") from None
    except (KeyError, TypeError, ValueError) as fault:
        raise DatasetError(f"{path}: not COCO's JSON ({fault!r})") from fault
    return of_split(root, points, split)


def head_of(annotation: Mapping[str, Any]) -> tuple[float, float]:
    """A person's head: a labelled keypoint, or the top of the box.

    >>> head_of({"keypoints": [0, 0, 0, 7, 8, 2]})
    (7.0, 8.0)
    >>> head_of({"bbox": [10, 20, 30, 100]})
    (25.0, 28.0)
    """
    keypoints = annotation.get("keypoints") or []
    for x, y, visible in zip(keypoints[::3], keypoints[1::3], keypoints[2::3], strict=True):
        if visible:
            return float(x), float(y)
    left, top, width, height = annotation["bbox"]
    return left + width / 2, top + HEAD_SHARE * height


def read_csv(root: Path, split: str) -> list[AnnotatedImage]:
    """Pictures with their points in a table."""
    path, points = root / "points.csv", defaultdict[str, list[tuple[float, float]]](list)
    if not path.is_file():
        raise DatasetError(f"{path}: no such file; expected layout: points.csv (file,x,y) and images/")
    with path.open(newline="") as file:
        rows = csv.DictReader(file)
        if not {"file", "x", "y"} <= set(rows.fieldnames or ()):
            raise DatasetError(f"{path}:1: the columns must be file, x and y")
        for line, row in enumerate(rows, start=2):
            heads = points[row["file"]]
            if row["x"]:
                heads.append(numbers(row["x"], row["y"], f"{path}:{line}"))
    return of_split(root, points, split)


def numbers(x: str, y: str, where: str) -> tuple[float, float]:
    """A point of two texts."""
    try:
        return float(x), float(y)
    except ValueError:
        raise DatasetError(f"{where}: {x!r}, {y!r} are no pair of numbers") from None


def of_split(root: Path, points: Mapping[str, list[tuple[float, float]]], split: str) -> list[AnnotatedImage]:
    """The pictures of a split, in the order of their names."""
    if split not in ("train", "validation", "all-train", "test"):
        raise DatasetError(f"{root.name} has no split {split!r}; there are train, validation, all-train, test")
    folder = folder_at(root / "images", "images/ with the pictures that the file names")
    pictures = [
        AnnotatedImage(f"{root.name}/{name}", folder / name, as_points(heads, name), root.name)
        for name, heads in sorted(points.items())
    ]
    return pictures if split in ("all-train", "test") else part_of(pictures, split)
