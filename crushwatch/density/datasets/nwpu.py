"""NWPU-Crowd: Wang, Gao, Lin, Li, "NWPU-Crowd: A Large-Scale Benchmark for Crowd Counting and Localization", 2020.

    <root>/images/0001.jpg (or images_part1 ... images_part5), <root>/jsons/0001.json, <root>/train.txt val.txt test.txt

Each JSON: {"img_id": "0001.jpg", "human_num": 2, "points": [[x, y], ...], "boxes": [[left, top, right, bottom], ...]}.
Each line of a split file begins with the image's number. The test images' truth is not published.
"""

from __future__ import annotations

from pathlib import Path

from crushwatch.density.datasets.annotated import AnnotatedImage, DatasetError, as_points, folder_at
from crushwatch.density.datasets.label_files import json_object, lines_of, reading

LAYOUT = "images/0001.jpg, jsons/0001.json, train.txt, val.txt"
SPLIT_FILES = {"train": "train.txt", "validation": "val.txt", "test": "test.txt"}
TRUTH = "NWPU-Crowd's JSON"


def read(root: Path, split: str) -> list[AnnotatedImage]:
    """split: train, validation, test (needs its JSON files), all-train (train and validation)."""
    if split == "all-train":
        return read(root, "train") + read(root, "validation")
    if split not in SPLIT_FILES:
        raise DatasetError(f"nwpu has no split {split!r}; there are {', '.join(SPLIT_FILES)}, all-train")
    folder_at(root / "jsons", LAYOUT)
    return [annotated(root, number) for number in numbers(root / SPLIT_FILES[split])]


def numbers(path: Path) -> list[str]:
    """The images' numbers, as written, of a split file."""
    if not path.is_file():
        raise DatasetError(f"{path}: no such file; expected layout: {LAYOUT}")
    return [line.split()[0] for line in lines_of(path, "NWPU-Crowd's split file") if line.strip()]


def annotated(root: Path, number: str) -> AnnotatedImage:
    """One picture; its JSON's `human_num` must be the number of its points."""
    path = root / "jsons" / f"{number}.json"
    if not path.is_file():
        raise DatasetError(f"{path}: no such file; the test split's truth is not published")
    truth = json_object(path, TRUTH)
    with reading(path, TRUTH):
        points, people = as_points(truth["points"], str(path)), int(truth["human_num"])
    if len(points) != people:
        raise DatasetError(f"{path}: human_num is {people}, but there are {len(points)} points")
    return AnnotatedImage(f"nwpu/{number}", picture_of(root, number), points, "nwpu")


def picture_of(root: Path, number: str) -> Path:
    """The picture, in `images` or in one of the parts it is published in."""
    candidates = [root / "images" / f"{number}.jpg", *sorted(root.glob(f"images_part*/{number}.jpg"))]
    return next((path for path in candidates if path.is_file()), candidates[0])
