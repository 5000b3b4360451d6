"""An operator's own labelled frames: what his camera counts on them, against the heads that he marked.

The labels are in one of the forms of a data set of one's own, told by the file that lies beside the folder `images`:
heads.json, points.csv or COCO's annotations.json (`crushwatch count --points` writes the first two). The readers are
the science's; they are found by entry point, for workers import no science.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from crushwatch.errors import SiteError, SourceError
from crushwatch.models.band import BandTable
from crushwatch.site import Camera
from workers.capture.source import RgbImage
from workers.infer.engine import Engine
from workers.validate.counted import CountedRow, Counter, Pair, counted_row

ENTRY_POINTS = "crushwatch.labels"
EVERYTHING = "test"
"""The split that holds all pictures."""


class LabelledFrame(Protocol):
    """A picture and the heads that somebody marked in it."""

    @property
    def name(self) -> str: ...

    @property
    def points_px(self) -> npt.NDArray[np.float32]:
        """(N, 2), x and y in pixels of the picture."""
        ...

    def rgb(self) -> RgbImage: ...


def labelled_frames(folder: Path) -> Sequence[LabelledFrame]:
    """All frames of the folder; raises SourceError where no form is known or nothing is in it."""
    if not folder.is_dir():
        raise SourceError(f"{folder}: no such folder")
    forms = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    form = next((name for name in forms if (folder / name).is_file()), None)
    if form is None:
        raise SourceError(f"{folder}: no labels; it needs images/ and one of {', '.join(sorted(forms))}")
    read: Callable[[Path, str], Sequence[LabelledFrame]] = forms[form].load()
    frames = read(folder, EVERYTHING)
    if not frames:
        raise SourceError(f"{folder}/{form}: no pictures in it")
    return frames


def labelled_rows(
    camera: Camera, frames: Sequence[LabelledFrame], engine: Engine, table: BandTable | None
) -> list[CountedRow]:
    """A row a region of the camera, over all frames."""
    counter = Counter(camera, engine, table)
    pairs: dict[str, list[Pair]] = {}
    for frame in frames:
        image = frame.rgb()
        _check_shape(frame.name, image, camera)
        for pair in counter.pairs(image, np.asarray(frame.points_px, dtype=np.float64)):
            pairs.setdefault(pair.region, []).append(pair)
    return [counted_row(region, found) for region, found in pairs.items()]


def _check_shape(name: str, image: RgbImage, camera: Camera) -> None:
    """Points and polygons were drawn in a picture of other proportions: it is not this camera's."""
    if camera.picture_size_px is None:
        return
    (height, width), (drawn_width, drawn_height) = image.shape[:2], camera.picture_size_px
    if abs(width / height / (drawn_width / drawn_height) - 1) > 0.02:
        raise SiteError(
            f"{name}: {width} x {height} pixels; the camera's picture_size_px is {drawn_width} x {drawn_height}: "
            "frames must have the proportions of the camera's picture"
        )
