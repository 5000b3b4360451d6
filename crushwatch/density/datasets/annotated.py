"""What every reader gives: pictures with the points of their heads."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from crushwatch.errors import ASKED_WRONGLY, CrushwatchError

RgbImage = npt.NDArray[np.uint8]
"""(height, width, 3), red first."""
PointsPx = npt.NDArray[np.float32]
"""(N, 2), x then y, in pixels of the picture as it is read: turned as its EXIF says."""


class DatasetError(CrushwatchError):
    """A data set that is not there, not in its official layout, or faulty; the message says which file and why."""

    exit_code = ASKED_WRONGLY


@dataclass(frozen=True)
class AnnotatedImage:
    """One picture and its heads; the pixels are read when asked for.

    group: what belongs together (a part, a camera, a day), for splits and tables.
    """

    name: str
    path: Path
    points_px: PointsPx
    group: str = ""

    @property
    def count(self) -> int:
        return len(self.points_px)

    @property
    def identity(self) -> tuple[Path, str]:
        """What tells its pixels from those of every other picture, of whatever data set: names alone repeat."""
        return self.path, self.name

    def rgb(self) -> RgbImage:
        """The picture, (h, w, 3) uint8 RGB; raises DatasetError when it cannot be read."""
        return read_rgb(self.path)


@dataclass(frozen=True)
class Resized(AnnotatedImage):
    """A picture squashed to a square, as many networks were published with; what that costs can be measured.

    Its name says the size: pixels are kept by name.
    """

    side_px: int = 224
    whole: AnnotatedImage = field(kw_only=True)

    @classmethod
    def of(cls, image: AnnotatedImage, side_px: int) -> Resized:
        height, width = image.rgb().shape[:2]
        points = (image.points_px * (side_px / np.array([width, height]))).astype(np.float32)
        return cls(f"{image.name}-{side_px}px", image.path, points, image.group, side_px, whole=image)

    def rgb(self) -> RgbImage:
        squashed = cv2.resize(self.whole.rgb(), (self.side_px, self.side_px), interpolation=cv2.INTER_AREA)
        return squashed.astype(np.uint8, copy=False)


def read_rgb(path: Path) -> RgbImage:
    """A picture file as (h, w, 3) uint8 RGB, turned as its EXIF says; raises DatasetError."""
    if not path.is_file():
        raise DatasetError(f"{path}: no such picture")
    coded = np.frombuffer(path.read_bytes(), np.uint8)
    try:  # from memory: of a file that is cut short `imread` makes the rest grey, heads and all
        picture = cv2.imdecode(coded, cv2.IMREAD_COLOR) if coded.size else None
    except cv2.error as fault:
        raise DatasetError(f"{path}: no picture that can be read ({fault.err})") from None
    if picture is None:
        raise DatasetError(f"{path}: no picture that can be read: damaged, cut short, or of another kind")
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)


def as_points(values: object, where: str) -> PointsPx:
    """(N, 2) float32 from nested lists or an array; nothing gives (0, 2). Raises DatasetError for another shape."""
    try:
        points = np.asarray(values, dtype=np.float32)
    except (TypeError, ValueError, OverflowError):
        raise DatasetError(f"{where}: points must be pairs of numbers") from None
    if points.size == 0:
        return np.zeros((0, 2), np.float32)
    if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
        raise DatasetError(f"{where}: points must be pairs of finite numbers, not an array of shape {points.shape}")
    return points


def folder_at(path: Path, layout: str) -> Path:
    """The folder, if it is there; else a DatasetError that describes the layout."""
    if not path.is_dir():
        raise DatasetError(f"{path}: no such folder; expected layout: {layout}")
    return path


def picture_at(root: Path, name: str) -> Path:
    """Where a picture that a label file names lies: in `images/`, or beside the file."""
    inside, beside = root / "images" / name, root / name
    return beside if beside.is_file() and not inside.is_file() else inside
