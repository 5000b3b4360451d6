"""VGG cells: Lempitsky and Zisserman, "Learning to Count Objects in Images", NIPS 2010.

    <root>/001cell.png, <root>/001dots.png (one red pixel a cell) ... 200

Synthetic fluorescence microscopy, 256x256, 174 cells on average. As is usual, 1 to 100 train and 101 to 200 test; of
the first hundred this project validates on 81 to 100.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from crushwatch.density.datasets.annotated import AnnotatedImage, DatasetError, PointsPx, folder_at, read_rgb

LAYOUT = "001cell.png with 001dots.png"
SPLITS = {"train": range(1, 81), "validation": range(81, 101), "all-train": range(1, 101), "test": range(101, 201)}


def read(root: Path, split: str) -> list[AnnotatedImage]:
    """split: train (1 to 80), validation (81 to 100), all-train (1 to 100), test (101 to 200)."""
    if split not in SPLITS:
        raise DatasetError(f"vgg-cells has no split {split!r}; there are {', '.join(SPLITS)}")
    folder_at(root, LAYOUT)
    return [
        AnnotatedImage(f"cells/{n:03d}", path, cells(root / f"{n:03d}dots.png"), "vgg-cells")
        for n in SPLITS[split]
        if (path := root / f"{n:03d}cell.png").is_file()
    ]


def cells(path: Path) -> PointsPx:
    """The centres of the marked pixels."""
    rows, columns = np.nonzero(read_rgb(path)[..., 0] > 127)
    return (np.column_stack((columns, rows)) + 0.5).astype(np.float32)
