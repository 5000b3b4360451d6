"""ShanghaiTech parts A and B: Zhang et al., "Single-Image Crowd Counting via Multi-Column CNN", CVPR 2016.

    <root>/part_A/train_data/images/IMG_1.jpg
    <root>/part_A/train_data/ground-truth/GT_IMG_1.mat      (also `ground_truth`)

482 web photographs (A, 300 to train) and 716 street-camera frames (B, 400 to train).
The validation split is this project's own: the training images whose number ends in 3.
"""

from __future__ import annotations

from pathlib import Path

from crushwatch.density.datasets.annotated import AnnotatedImage, DatasetError, PointsPx, as_points, folder_at
from crushwatch.density.datasets.label_files import mat_variable, reading

LAYOUT = "part_A/train_data/images/IMG_1.jpg with part_A/train_data/ground-truth/GT_IMG_1.mat"
MISLABELLED_B = frozenset({108, 202, 217, 296, 396})
"""Training images of part B with known labelling faults."""
TRUTH = "ShanghaiTech's truth"


def read(root: Path, part: str, split: str) -> list[AnnotatedImage]:
    """part: A or B. split: train (without the validation images), validation, all-train, test."""
    folder = folder_at(root / f"part_{part}" / ("test_data" if split == "test" else "train_data"), LAYOUT)
    truths = next((folder / name for name in ("ground-truth", "ground_truth") if (folder / name).is_dir()), None)
    if truths is None:
        raise DatasetError(f"{folder}: no folder ground-truth; expected layout: {LAYOUT}")
    pictures = sorted((folder_at(folder / "images", LAYOUT)).glob("IMG_*.jpg"), key=number)
    return [
        AnnotatedImage(
            f"{part}/{path.stem}", path, heads(truths / f"GT_{path.stem}.mat"), f"shanghaitech-{part.lower()}"
        )
        for path in pictures
        if belongs(number(path), split)
    ]


def number(path: Path) -> int:
    """273 of IMG_273.jpg."""
    digits = path.stem.removeprefix("IMG_")
    if not digits.isdigit():
        raise DatasetError(f"{path}: not named like IMG_1.jpg")
    return int(digits)


def belongs(image_number: int, split: str) -> bool:
    """Whether the image is of the split.

    >>> belongs(273, "train"), belongs(273, "validation"), belongs(273, "all-train")
    (False, True, True)
    """
    held_out = image_number % 10 == 3
    wanted = {"train": not held_out, "validation": held_out, "all-train": True, "test": True}
    if split not in wanted:
        raise DatasetError(f"shanghaitech has no split {split!r}; there are {', '.join(wanted)}")
    return wanted[split]


def heads(path: Path) -> PointsPx:
    """The points of one `.mat` file."""
    if not path.is_file():
        raise DatasetError(f"{path}: no such file; every picture needs its .mat")
    info = mat_variable(path, "image_info", TRUTH)
    with reading(path, TRUTH):
        return as_points(info[0, 0][0, 0][0], str(path))
