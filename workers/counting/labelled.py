"""Pictures of a camera whose heads somebody has marked: `heads.json` with the pictures beside it or in `images/`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from crushwatch.errors import SourceError
from workers.capture.picture import ArrayPicture

LAYOUT = 'FRAMES/heads.json, {"frame1.jpg": [[x, y], ...], ...} in pixels, and the pictures beside it or in images/'


@dataclass(frozen=True)
class Labelled:
    """One picture's file and its heads, (N, 2) in its own pixels."""

    path: Path
    heads_px: npt.NDArray[np.float64]

    def picture(self) -> ArrayPicture:
        """Raises SourceError where it cannot be read."""
        pixels = cv2.imread(str(self.path), cv2.IMREAD_COLOR)
        if pixels is None:
            raise SourceError(f"{self.path}: no picture that can be read")
        return ArrayPicture(np.asarray(pixels, dtype=np.uint8), "bgr")


def labelled_frames(folder: Path) -> list[Labelled]:
    """All of a folder, by name; raises SourceError that says how it should be laid out."""
    path = folder / "heads.json"
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        frames = [Labelled(_picture_of(folder, name), _points(heads)) for name, heads in sorted(said.items())]
    except OSError:
        raise SourceError(f"{path}: no such file; expected: {LAYOUT}") from None
    except (ValueError, TypeError, AttributeError) as error:
        raise SourceError(f"{path}: {error}; expected: {LAYOUT}") from None
    if not frames:
        raise SourceError(f"{path}: no frames in it; expected: {LAYOUT}")
    return frames


def _picture_of(folder: Path, name: str) -> Path:
    inside = folder / "images" / name
    return inside if inside.is_file() else folder / name


def _points(heads: object) -> npt.NDArray[np.float64]:
    points = np.asarray(heads, dtype=np.float64)
    if points.size and (points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all()):
        raise ValueError("heads must be pairs of numbers")
    return points.reshape(-1, 2)
