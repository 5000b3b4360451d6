"""JHU-CROWD++: Sindagi, Yasarla, Patel, "JHU-CROWD++: Large-Scale Crowd Counting Dataset and A Benchmark", 2020.

    <root>/train/images/0001.jpg, <root>/train/gt/0001.txt (x y w h occlusion blur, a line a head), val/, test/

4,372 pictures, some with nobody.
"""

from __future__ import annotations

from pathlib import Path

from crushwatch.density.datasets.annotated import AnnotatedImage, DatasetError, PointsPx, as_points, folder_at
from crushwatch.density.datasets.label_files import lines_of

LAYOUT = "train/images/0001.jpg with train/gt/0001.txt, and val/, test/"
FOLDERS = {"train": ("train",), "validation": ("val",), "test": ("test",), "all-train": ("train", "val")}


def read(root: Path, split: str) -> list[AnnotatedImage]:
    """split: train, validation, test, all-train (train and validation)."""
    if split not in FOLDERS:
        raise DatasetError(f"jhu has no split {split!r}; there are {', '.join(FOLDERS)}")
    return [
        AnnotatedImage(f"jhu/{folder}/{path.stem}", path, heads(root / folder / "gt" / f"{path.stem}.txt"), "jhu")
        for folder in FOLDERS[split]
        for path in sorted(folder_at(root / folder / "images", LAYOUT).glob("*.jpg"))
    ]


def heads(path: Path) -> PointsPx:
    """The first two columns of a truth file; an empty file is a picture with nobody."""
    if not path.is_file():
        raise DatasetError(f"{path}: no such file; every picture needs its .txt")
    lines = [line.split() for line in lines_of(path, "JHU-CROWD++'s truth") if line.strip()]
    for number, line in enumerate(lines, start=1):
        if len(line) < 2:
            raise DatasetError(f"{path}:{number}: {len(line)} columns; x y w h occlusion blur are expected")
    return as_points([line[:2] for line in lines], str(path))
