"""Clips of our own simulator with the truth of their frames, as `crushwatch simulate NAME --out --truth` writes them.

    <root>/gate.mp4, <root>/gate.json (or .h5), any number of pairs; a single pair may be clip.mp4, truth.json

Every frame is a picture. The validation split is by time, for neighbouring frames are alike: of each clip the last
tenth.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import cv2
import numpy as np

from crushwatch.density.datasets.annotated import (
    AnnotatedImage,
    DatasetError,
    PointsPx,
    RgbImage,
    as_points,
    folder_at,
)
from crushwatch.density.datasets.heads_json import part_of
from crushwatch.density.datasets.label_files import hdf5_file, json_object, reading

LAYOUT = (
    "gate.mp4 with gate.json or gate.h5, as `crushwatch simulate gate --out gate.mp4 --truth gate.json` writes them"
)
CLIPS = (".mp4", ".mkv", ".mov", ".avi", ".ts")
SOUGHT = (".mp4",)
"""Clips in which seeking by number is exact; in Matroska and MPEG-TS it is not."""
TRUTHS = (".json", ".h5", ".hdf5")
TRUTH = "a truth of `crushwatch simulate --truth`"
SPLITS = ("train", "validation", "all-train", "test")


class Clip:
    """A video whose frames are decoded when asked for, fastest in their order; any thread may ask."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock, self._next = path, Lock(), 0
        self._video = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        if not self._video.isOpened():
            raise DatasetError(f"{path}: no video that can be read")
        self.size_px = tuple(int(self._video.get(p)) for p in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))

    def frame(self, number: int) -> RgbImage:
        """The frame of that number, from 0, (h, w, 3) uint8 RGB; raises DatasetError where the clip has no such one."""
        with self._lock:
            self._go_to(number)
            there_is, picture = self._video.read()
            self._next = number + 1
        if not there_is:
            raise DatasetError(f"{self._path}: frame {number} cannot be read; the truth has it")
        return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)

    def _go_to(self, number: int) -> None:
        """Seek where OpenCV finds the very frame; elsewhere count, when going back from the beginning."""
        if number != self._next and self._path.suffix.lower() in SOUGHT:
            self._video.set(cv2.CAP_PROP_POS_FRAMES, number)
            return
        if number < self._next:
            self._video.open(str(self._path), cv2.CAP_FFMPEG)
            self._next = 0
        for _ in range(number - self._next):
            self._video.grab()


@dataclass(frozen=True)
class ClipFrame(AnnotatedImage):
    """A frame of a clip; `path` is the clip, `number` counts from 0."""

    clip: Clip = field(kw_only=True)
    number: int = field(kw_only=True)

    def rgb(self) -> RgbImage:
        return self.clip.frame(self.number)


def read(root: Path, split: str) -> list[AnnotatedImage]:
    """split: train (the first nine tenths of each clip), validation (the last tenth), all-train and test (all)."""
    if split not in SPLITS:
        raise DatasetError(f"simulated has no split {split!r}; there are {', '.join(SPLITS)}")
    clips = [frames(root, clip, truth) for clip, truth in pairs(folder_at(root, LAYOUT))]
    whole = split in ("all-train", "test")
    return [image for clip in clips for image in (clip if whole else part_of(clip, split))]


def pairs(root: Path) -> list[tuple[Path, Path]]:
    """The clips in the order of their names, each with its truth."""
    files = sorted(root.iterdir())
    clips = [path for path in files if path.suffix.lower() in CLIPS]
    truths = {path.stem: path for path in files if path.suffix.lower() in TRUTHS}
    if not clips or not truths:
        raise DatasetError(f"{root}: no {'truth' if clips else 'clip'}; expected layout: {LAYOUT}")
    if len(clips) == len(truths) == 1:
        return list(zip(clips, truths.values(), strict=True))
    if alone := [clip.name for clip in clips if clip.stem not in truths]:
        raise DatasetError(f"{root}: no truth of the same name for {', '.join(alone)}; expected layout: {LAYOUT}")
    return [(clip, truths[clip.stem]) for clip in clips]


def frames(root: Path, path: Path, truth: Path) -> list[AnnotatedImage]:
    """The frames of one clip; raises DatasetError where clip and truth are of different sizes."""
    (size_px, heads), clip = heads_of_frames(truth), Clip(path)
    if clip.size_px != size_px:
        shown, said = ("{} x {}".format(*size) for size in (clip.size_px, size_px))
        raise DatasetError(f"{path}: {shown} pixels, but {truth.name} says {said}; are they of one run?")
    return [
        ClipFrame(f"{root.name}/{path.stem}/{n:05d}", path, points, path.stem, clip=clip, number=n)
        for n, points in enumerate(heads)
    ]


def heads_of_frames(path: Path) -> tuple[tuple[int, int], list[PointsPx]]:
    """Width and height of the pictures, and the heads of every frame."""
    return heads_of_json(path) if path.suffix.lower() == ".json" else heads_of_hdf5(path)


def heads_of_json(path: Path) -> tuple[tuple[int, int], list[PointsPx]]:
    stored = json_object(path, TRUTH)
    with reading(path, TRUTH):
        width, height = stored["size_px"]
        heads = [as_points(frame["heads_px"], f"{path} frame {n}") for n, frame in enumerate(stored["frames"])]
        return (int(width), int(height)), heads


def heads_of_hdf5(path: Path) -> tuple[tuple[int, int], list[PointsPx]]:
    """`people` says how many rows of `heads_px` each frame has."""
    with reading(path, TRUTH), hdf5_file(path) as file:
        width, height = json.loads(file.attrs["size_px"])
        ends = np.cumsum(np.asarray(file["people"], np.int64))
        rows = np.split(np.asarray(file["heads_px"], np.float32), ends)[: len(ends)]
        return (int(width), int(height)), [as_points(heads, f"{path} frame {n}") for n, heads in enumerate(rows)]
