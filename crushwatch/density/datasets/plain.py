"""Pictures of one's own, with their points in a file that many tools write.

    COCO:  <root>/annotations.json; of a file with categories only the annotations of `person`. A person's head is the
           keypoint named nose (or head), or else the mean of the eyes and ears that are labelled, or else, where no
           keypoint of the head is labelled, the top of the box's middle: never an ankle
    CSV:   <root>/points.csv with columns file,x,y (a line a head; a picture without heads: file,,)

The pictures lie in <root>/images, or beside the file. The validation split is the last tenth in the order of the names.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from crushwatch.density.datasets.annotated import AnnotatedImage, DatasetError, as_points, picture_at
from crushwatch.density.datasets.heads_json import part_of
from crushwatch.density.datasets.label_files import json_object, reading

HEAD_SHARE = 0.08
"""How far below the top of a person's box the middle of the head is, as a share of the box's height."""
PERSON = "person"
HEAD_KEYPOINTS = ("nose", "head")
FACE_KEYPOINTS = ("left_eye", "right_eye", "left_ear", "right_ear")
FIRST_OF_COCO = ("nose", *FACE_KEYPOINTS)
"""What the first keypoints are where the file does not name them: COCO's own order."""

Point = tuple[float, float]


def read_coco(root: Path, split: str) -> list[AnnotatedImage]:
    """Pictures with COCO annotations."""
    path = root / "annotations.json"
    if not path.is_file():
        raise DatasetError(f"{path}: no such file; expected layout: annotations.json and images/")
    stored = json_object(path, "COCO's JSON")
    with reading(path, "COCO's JSON"):
        names = {image["id"]: str(image["file_name"]) for image in stored["images"]}
        points: dict[str, list[Point]] = {name: [] for name in names.values()}
        for annotation, keypoints in people_of(stored, path):
            points[names[annotation["image_id"]]].append(head_of(annotation, keypoints))
    return of_split(root, path, points, split)


def people_of(stored: Mapping[str, Any], path: Path) -> Iterator[tuple[Mapping[str, Any], Sequence[str]]]:
    """The annotations of people, each with the names of its keypoints; raises DatasetError if no category is theirs."""
    categories = stored.get("categories") or []
    people = {c["id"]: c.get("keypoints") or FIRST_OF_COCO for c in categories if is_person(c)}
    if categories and not people:
        there_are = ", ".join(str(category["name"]) for category in categories)
        raise DatasetError(f"{path}: no category is named {PERSON}; there are {there_are}")
    for annotation in stored["annotations"]:
        if not categories:
            yield annotation, FIRST_OF_COCO
        elif (category := annotation["category_id"]) in people:
            yield annotation, people[category]


def is_person(category: Mapping[str, Any]) -> bool:
    return str(category["name"]).strip().lower() == PERSON


def head_of(annotation: Mapping[str, Any], names: Sequence[str] = FIRST_OF_COCO) -> Point:
    """A person's head: the nose, or the mean of the eyes and ears, or, none of them labelled, the top of the box.

    >>> head_of({"keypoints": [0, 0, 0, 7, 8, 2, 9, 8, 1]})
    (8.0, 8.0)
    >>> head_of({"bbox": [10, 20, 30, 100]})
    (25.0, 28.0)
    """
    keypoints = annotation.get("keypoints") or []
    triples = zip(keypoints[::3], keypoints[1::3], keypoints[2::3], strict=True)
    labelled = {name: (float(x), float(y)) for name, (x, y, seen) in zip(names, triples, strict=False) if seen}
    middles = [labelled[name] for name in HEAD_KEYPOINTS if name in labelled][:1]
    if seen_of_face := middles or [labelled[name] for name in FACE_KEYPOINTS if name in labelled]:
        xs, ys = zip(*seen_of_face, strict=True)
        return sum(xs) / len(xs), sum(ys) / len(ys)
    if "bbox" not in annotation:
        raise ValueError(f"annotation {annotation.get('id', '')} has neither a box nor a keypoint of the head")
    left, top, width, height = annotation["bbox"]
    return left + width / 2, top + HEAD_SHARE * height


def read_csv(root: Path, split: str) -> list[AnnotatedImage]:
    """Pictures with their points in a table."""
    path, points = root / "points.csv", defaultdict[str, list[Point]](list)
    if not path.is_file():
        raise DatasetError(f"{path}: no such file; expected layout: points.csv (file,x,y) and images/")
    with reading(path, "a table of points"), path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        if not {"file", "x", "y"} <= set(rows.fieldnames or ()):
            raise DatasetError(f"{path}:1: the columns must be file, x and y")
        for row in rows:
            where = f"{path}:{rows.line_num}"
            if not row["file"]:
                raise DatasetError(f"{where}: no name of a picture")
            points[row["file"]] += heads_of_row(row["x"], row["y"], where)
    return of_split(root, path, points, split)


def heads_of_row(x: str | None, y: str | None, where: str) -> list[Point]:
    """The point of two texts, or none where both are empty."""
    if not x and not y:
        return []
    try:
        return [(float(x or ""), float(y or ""))]
    except ValueError:
        raise DatasetError(f"{where}: {x!r}, {y!r} are no pair of numbers") from None


def of_split(root: Path, path: Path, points: Mapping[str, list[Point]], split: str) -> list[AnnotatedImage]:
    """The pictures of a split, in the order of their names."""
    if split not in ("train", "validation", "all-train", "test"):
        raise DatasetError(f"{root.name} has no split {split!r}; there are train, validation, all-train, test")
    pictures = [
        AnnotatedImage(f"{root.name}/{name}", picture_at(root, name), as_points(heads, f"{path} {name}"), root.name)
        for name, heads in sorted(points.items())
    ]
    return pictures if split in ("all-train", "test") else part_of(pictures, split)
