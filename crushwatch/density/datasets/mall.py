"""Mall: Chen, Loy, Gong, Xiang, "Feature Mining for Localised Crowd Counting", BMVC 2012.

    <root>/frames/seq_000001.jpg ... seq_002000.jpg, <root>/mall_gt.mat

2,000 frames of one webcam, 640x480, 800 to train. This project validates on frames 641 to 800.
"""

from __future__ import annotations

from pathlib import Path

from crushwatch.density.datasets.annotated import AnnotatedImage, DatasetError, PointsPx, as_points, folder_at
from crushwatch.density.datasets.label_files import mat_variable, reading

LAYOUT = "frames/seq_000001.jpg and mall_gt.mat"
SPLITS = {"train": range(1, 641), "validation": range(641, 801), "all-train": range(1, 801), "test": range(801, 2001)}
"""Frame numbers from 1, as the files have them."""
TRUTH = "Mall's truth"


def read(root: Path, split: str) -> list[AnnotatedImage]:
    """split: train (1 to 640), validation (641 to 800), all-train (1 to 800, the official one), test (801 to 2000)."""
    if split not in SPLITS:
        raise DatasetError(f"mall has no split {split!r}; there are {', '.join(SPLITS)}")
    frames = folder_at(root / "frames", LAYOUT)
    truth = root / "mall_gt.mat"
    if not truth.is_file():
        raise DatasetError(f"{truth}: no such file; expected layout: {LAYOUT}")
    heads = heads_of_frames(truth)
    return [
        AnnotatedImage(f"mall/{n}", path, heads[n - 1], "mall")
        for n in SPLITS[split]
        if n <= len(heads) and (path := frames / f"seq_{n:06d}.jpg").is_file()
    ]


def heads_of_frames(path: Path) -> list[PointsPx]:
    """The points of every frame, of frame 1 first."""
    stored = mat_variable(path, "frame", TRUTH)
    with reading(path, TRUTH):
        return [as_points(frame["loc"][0, 0], f"{path} frame {n}") for n, frame in enumerate(stored[0], start=1)]
