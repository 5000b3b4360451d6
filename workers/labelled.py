"""An operator's own labelled frames: pictures of his camera with the heads that somebody marked in them.

The form of the labels is told by the file that lies in the folder: heads.json, points.csv or COCO's annotations.json
(`crushwatch count --points` writes the first two). heads.json is read here; the readers of the others are the science's
and are found by entry point, for workers import no science.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from crushwatch.errors import SiteError, UnreadableError
from crushwatch.site import Camera
from workers.capture.image import read_image
from workers.capture.source import Picture, RgbImage

LAYOUT = "the pictures in images/ or in the folder itself, and heads.json, points.csv or COCO's annotations.json"
HEADS = "heads.json"
HEADS_FORM = '{"frame1.jpg": [[x, y], ...], ...} in pixels'
ENTRY_POINTS = "crushwatch.labels"
EVERYTHING = "test"
"""The split that holds all pictures."""
PROPORTIONS_MAY_DIFFER = 0.02
"""As they do where a substream rounds its size to whole macro-blocks."""

PointsPx = npt.NDArray[np.float32]
Reader = Callable[[Path, str], Sequence["LabelledFrame"]]


class LabelledFrame(Protocol):
    """A picture and the heads that somebody marked in it."""

    @property
    def name(self) -> str: ...

    @property
    def points_px(self) -> PointsPx:
        """(N, 2), x and y in pixels of the picture."""
        ...

    def rgb(self) -> RgbImage:
        """(height, width, 3); raises CrushwatchError where the picture cannot be read."""
        ...


@dataclass(frozen=True)
class Labelled:
    """A frame that heads.json names."""

    name: str
    path: Path
    points_px: PointsPx

    def rgb(self) -> RgbImage:
        return read_image(self.path)


def labelled_frames(folder: Path) -> Sequence[LabelledFrame]:
    """All frames of the folder; raises CrushwatchError that says how it should be laid out."""
    if not folder.is_dir():
        raise UnreadableError(f"{folder}: no such folder")
    readers = _readers()
    form = _files_of_labels(folder, readers)[0]
    frames = readers[form](folder, EVERYTHING)
    if not frames:
        raise UnreadableError(f"{folder}/{form}: no frames in it")
    return frames


def labels_read(folder: Path) -> str:
    """From which file `labelled_frames` takes the labels, and which others lie there; raises SourceError for none."""
    read, *others = _files_of_labels(folder, _readers())
    return str(folder / read) + (f" (not read: {', '.join(others)})" if others else "")


def _files_of_labels(folder: Path, readers: Mapping[str, Reader]) -> list[str]:
    """Those that are there; the first is read."""
    found = [name for name in readers if (folder / name).is_file()]
    if not found:
        raise UnreadableError(f"{folder}: no labels; expected: {LAYOUT}")
    return found


def frame_of(camera: Camera, frame: LabelledFrame) -> RgbImage:
    """The frame's picture; raises SiteError where it has other proportions than the camera's: it is not of this one."""
    image = frame.rgb()
    (height, width), (drawn_width, drawn_height) = image.shape[:2], camera.picture_size_px or image.shape[1::-1]
    if abs(width / height / (drawn_width / drawn_height) - 1) > PROPORTIONS_MAY_DIFFER:
        raise SiteError(
            f"{frame.name}: {width} x {height} pixels; the camera's picture_size_px is {drawn_width} x {drawn_height}: "
            "frames must have the proportions of the camera's picture"
        )
    return image


def heads_as_drawn(points_px: npt.NDArray[np.floating], picture: Picture, camera: Camera) -> npt.NDArray[np.float64]:
    """(N, 2) points of a picture, in the pixels of the size for which the camera's regions are drawn."""
    size_px = (picture.width_px, picture.height_px)
    return np.asarray(points_px * (np.array(camera.picture_size_px or size_px) / size_px), dtype=np.float64)


def _readers() -> dict[str, Reader]:
    """By the file that each reads."""
    science: dict[str, Reader] = {point.name: point.load() for point in entry_points(group=ENTRY_POINTS)}
    return {HEADS: _read_heads} | science


def _read_heads(folder: Path, _split: str) -> list[Labelled]:
    path = folder / HEADS
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return [Labelled(name, _picture_of(folder, name), _points(heads)) for name, heads in sorted(said.items())]
    except OSError as error:
        raise UnreadableError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, AttributeError) as error:
        raise UnreadableError(f"{path}: {error}; expected: {HEADS_FORM}") from None


def _picture_of(folder: Path, name: str) -> Path:
    inside = folder / "images" / name
    return inside if inside.is_file() else folder / name


def _points(heads: object) -> PointsPx:
    points = np.asarray(heads, dtype=np.float32)
    if points.size and (points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all()):
        raise ValueError("heads must be pairs of numbers")
    return points.reshape(-1, 2)
