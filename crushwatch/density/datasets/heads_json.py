"""A plain folder: `heads.json`, {"picture.jpg": [[x, y], ...]}, empty lists where nobody is, and the pictures in
`images/` or beside it.

Beijing-BRT, PETS 2009, pictures without people and the frames of our own simulator come in this form. The
validation split is by time, for neighbouring frames are alike: of each group, in the order of the names, the last
tenth. A group is what stands before the picture's clock or number: the day of `1-20170505102517.jpg` (whatever the
camera), and everything where names have no such part.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from crushwatch.density.datasets.annotated import AnnotatedImage, DatasetError, as_points, picture_at
from crushwatch.density.datasets.label_files import json_object

LAYOUT = 'images/picture.jpg (or picture.jpg) and heads.json: {"picture.jpg": [[x, y], ...]}'
CAMERA_AND_CLOCK = re.compile(r"^\d+-(?P<day>\d{8})(?P<clock>\d{6})")
VALIDATION_SHARE = 0.1


def read(root: Path, split: str) -> list[AnnotatedImage]:
    """split: train (the first nine tenths of each group), validation (the last tenth), all-train and test (all)."""
    pictures = [
        AnnotatedImage(
            f"{root.name}/{name}", picture_at(root, name), as_points(points, f"{root}/heads.json {name}"), root.name
        )
        for name, points in read_json(root).items()
    ]
    if split in ("all-train", "test"):
        return pictures
    if split not in ("train", "validation"):
        raise DatasetError(f"{root.name} has no split {split!r}; there are train, validation, all-train, test")
    return [image for group in grouped_by_day(pictures).values() for image in part_of(group, split)]


def read_json(root: Path) -> dict[str, object]:
    """The points by name of picture."""
    path = root / "heads.json"
    if not path.is_file():
        raise DatasetError(f"{path}: no such file; expected layout: {LAYOUT}")
    return json_object(path, "heads as JSON")


def grouped_by_day(pictures: list[AnnotatedImage]) -> dict[str, list[AnnotatedImage]]:
    """Pictures of one day in the order of their clocks; pictures without a clock in the order of their names."""
    groups: dict[str, list[tuple[str, AnnotatedImage]]] = defaultdict(list)
    for image in pictures:
        stamp = CAMERA_AND_CLOCK.match(image.path.name)
        day, moment = (stamp["day"], stamp["clock"]) if stamp else ("", image.path.name)
        groups[day].append((moment, image))
    return {day: [image for _, image in sorted(group, key=lambda pair: pair[0])] for day, group in groups.items()}


def part_of(group: list[AnnotatedImage], split: str) -> list[AnnotatedImage]:
    """The last tenth for validation, the rest for training."""
    border = len(group) - round(len(group) * VALIDATION_SHARE)
    return group[border:] if split == "validation" else group[:border]
