"""UCSD pedestrians: Chan, Liang, Vasconcelos, "Privacy Preserving Crowd Monitoring", CVPR 2008.

    <root>/vidf1_33_000.y/vidf1_33_000_f001.png ... f200.png   ten folders of 200 grey frames, 238x158
    <root>/gt/vidf1_33_000_frame_full.mat                      (also `vidf-cvpr`) frame[0, i].loc, (N, 3): x, y, id

2,000 frames; as is usual frames 601 to 1400 train and the others test. This project validates on 1201 to 1400.
"""

from __future__ import annotations

from pathlib import Path

from crushwatch.density.datasets.annotated import AnnotatedImage, DatasetError, PointsPx, as_points, folder_at
from crushwatch.density.datasets.label_files import mat_variable, reading

LAYOUT = "vidf1_33_000.y/vidf1_33_000_f001.png and gt/vidf1_33_000_frame_full.mat (or vidf-cvpr/)"
FRAMES_A_FOLDER = 200
SPLITS = {
    "train": range(601, 1201),
    "validation": range(1201, 1401),
    "all-train": range(601, 1401),
    "test": (*range(1, 601), *range(1401, 2001)),
}
"""Frame numbers from 1 over all folders."""
TRUTH = "UCSD's truth"


def read(root: Path, split: str) -> list[AnnotatedImage]:
    """split: train, validation, all-train, test."""
    if split not in SPLITS:
        raise DatasetError(f"ucsd has no split {split!r}; there are {', '.join(SPLITS)}")
    folder_at(root, LAYOUT)
    truths = next((root / name for name in ("gt", "vidf-cvpr") if (root / name).is_dir()), None)
    if truths is None:
        raise DatasetError(f"{root}: no folder gt; expected layout: {LAYOUT}")
    wanted = set(SPLITS[split])
    return [
        image
        for folder in range(10)
        if (root / f"vidf1_33_{folder:03d}.y").is_dir()
        for frame, image in frames(root, truths, f"vidf1_33_{folder:03d}")
        if folder * FRAMES_A_FOLDER + frame in wanted
    ]


def frames(root: Path, truths: Path, name: str) -> list[tuple[int, AnnotatedImage]]:
    """The frames of one folder with their numbers from 1."""
    path = truths / f"{name}_frame_full.mat"
    if not path.is_file():
        raise DatasetError(f"{path}: no such file; expected layout: {LAYOUT}")
    stored = mat_variable(path, "frame", TRUTH)
    with reading(path, TRUTH):
        points = {n: heads(frame, f"{path} frame {n}") for n, frame in enumerate(stored[0], start=1)}
    pictures = {n: root / f"{name}.y" / f"{name}_f{n:03d}.png" for n in points}
    return [
        (n, AnnotatedImage(f"ucsd/{picture.stem}", picture, points[n], "ucsd"))
        for n, picture in pictures.items()
        if picture.is_file()
    ]


def heads(frame: object, where: str) -> PointsPx:
    """x and y of a frame's `loc`; its third column is an identity."""
    loc = frame["loc"]  # type: ignore[index]
    while loc.dtype == object:
        loc = loc.flat[0]
    return as_points(loc[:, :2] if loc.size else [], where)
