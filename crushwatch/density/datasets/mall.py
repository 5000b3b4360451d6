"""Mall: Chen, Loy, Gong, Xiang, "Feature Mining for Localised Crowd Counting", BMVC 2012.

    <root>/frames/seq_000001.jpg ... seq_002000.jpg, <root>/mall_gt.mat

2,000 frames of one webcam, 640x480, 800 to train. This project validates on frames 641 to 800.
"""

from __future__ import annotations

from pathlib import Path

import scipy.io

from crushwatch.density.datasets.annotated import AnnotatedImage, DatasetError, as_points, folder_at

LAYOUT = "frames/seq_000001.jpg and mall_gt.mat"
SPLITS = {"train": range(1, 641), "validation": range(641, 801), "all-train": range(1, 801), "test": range(801, 2001)}
"""Frame numbers from 1, as the files have them."""


def read(root: Path, split: str) -> list[AnnotatedImage]:
    """split: train (1 to 640), validation (641 to 800), all-train (1 to 800, the official one), test (801 to 2000)."""
    if split not in SPLITS:
        raise DatasetError(f"mall has no split {split!r}; there are {', '.join(SPLITS)}")
    frames = folder_at(root / "frames", LAYOUT)
    truth = root / "mall_gt.mat"
    if not truth.is_file():
        raise DatasetError(f"{truth}: no such file; expected layout: {LAYOUT}")
    points = scipy.io.loadmat(truth)["frame"][0]
    return [
        AnnotatedImage(f"mall/{n}", path, as_points(points[n - 1]["loc"][0, 0], f"{truth} frame {n}"), "mall")
        for n in SPLITS[split]
        if n <= len(points) and (path := frames / f"seq_{n:06d}.jpg").is_file()
    ]
