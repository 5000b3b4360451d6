"""Where head points are written: a table or JSON, in the forms that a data set of one's own has.

What was counted can so be looked at, corrected by hand, and used to evaluate or to train.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from crushwatch.errors import CrushwatchError, SiteError
from crushwatch.heads import PointsPx, head_points
from workers.capture.image import IMAGE_SUFFIXES
from workers.capture.source import Picture
from workers.counting.counter import Counted
from workers.counting.shots import Shot

SUFFIXES = (".csv", ".json")


class HeadFile:
    """The heads of every counted picture, if they are wanted; written when all is counted."""

    def __init__(self, out: Path | None) -> None:
        """Raises SiteError where OUT is neither a table nor JSON."""
        if out is not None and out.suffix.lower() not in SUFFIXES:
            raise SiteError(f"--points {out}: .csv (a line a head: file,x,y) or .json (file: [[x, y], ...]) is wanted")
        self._out = out
        self._heads: dict[str, list[list[float]]] = {}

    def add(self, shot: Shot, counted: Counted) -> None:
        """Keep the heads of a picture, in pixels of the picture itself."""
        if self._out is not None:
            self._heads[name_of(shot)] = np.round(points_of(shot.picture, counted).astype(np.float64), 1).tolist()

    def write(self) -> None:
        """Raises CrushwatchError when the file cannot be written."""
        if self._out is None:
            return
        try:
            self._out.parent.mkdir(parents=True, exist_ok=True)
            with self._out.open("w", newline="") as file:
                if self._out.suffix.lower() == ".json":
                    json.dump(self._heads, file)
                else:
                    csv.writer(file).writerows([("file", "x", "y"), *self._rows()])
        except OSError as error:
            raise CrushwatchError(f"{self._out}: the points cannot be written: {error.strerror}") from None

    def _rows(self) -> Iterator[tuple[str, float | str, float | str]]:
        """A line a head; one with a name alone where nobody is."""
        for name, heads in self._heads.items():
            if not heads:
                yield name, "", ""
            yield from ((name, x, y) for x, y in heads)


def name_of(shot: Shot) -> str:
    """A picture's own name, or the number of the frame as a picture would be called."""
    path = Path(shot.source)
    return path.name if path.suffix.lower() in IMAGE_SUFFIXES else f"{shot.frame:06d}.png"


def points_of(picture: Picture, counted: Counted) -> PointsPx:
    """Head points, (N, 2), in pixels of the picture as it was taken."""
    height, width = counted.image.shape[:2]
    scale = (picture.width_px / width, picture.height_px / height)
    return np.asarray(head_points(counted.density) * scale, np.float32)
