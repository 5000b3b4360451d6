"""UCF-QNRF: Idrees et al., "Composition Loss for Counting, Density Map Estimation and Localization", ECCV 2018.

    <root>/Train/img_0001.jpg, <root>/Train/img_0001_ann.mat (variable annPoints, N x 2), <root>/Test/...

1,201 pictures to train and 334 to test, up to 12,865 people each. This project validates on numbers that end in 3.
"""

from __future__ import annotations

from pathlib import Path

from crushwatch.density.datasets.annotated import AnnotatedImage, DatasetError, PointsPx, as_points, folder_at
from crushwatch.density.datasets.label_files import mat_variable

LAYOUT = "Train/img_0001.jpg with Train/img_0001_ann.mat, and Test/"


def read(root: Path, split: str) -> list[AnnotatedImage]:
    """split: train (without the validation pictures), validation, all-train, test."""
    if split not in ("train", "validation", "all-train", "test"):
        raise DatasetError(f"qnrf has no split {split!r}; there are train, validation, all-train, test")
    folder = folder_at(root / ("Test" if split == "test" else "Train"), LAYOUT)
    wanted = {"train": (False,), "validation": (True,)}.get(split, (False, True))
    return [
        AnnotatedImage(f"qnrf/{path.stem}", path, heads(path.with_name(f"{path.stem}_ann.mat")), "qnrf")
        for path in sorted(folder.glob("img_*.jpg"))
        if path.stem.endswith("3") in wanted
    ]


def heads(path: Path) -> PointsPx:
    """The points of one `.mat` file."""
    if not path.is_file():
        raise DatasetError(f"{path}: no such file; every picture needs its _ann.mat")
    return as_points(mat_variable(path, "annPoints", "UCF-QNRF's truth"), str(path))
