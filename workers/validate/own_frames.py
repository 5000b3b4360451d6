"""An operator's own labelled frames: what his camera counts on them, against the heads that he marked."""

from __future__ import annotations

from collections.abc import Sequence

from crushwatch.errors import SiteError
from crushwatch.models.band import BandTable
from crushwatch.site import Camera
from workers.capture.source import RgbImage
from workers.infer.engine import Engine
from workers.labelled import LabelledFrame
from workers.validate.counted import CountedRow, Counter, Pair, counted_row


def labelled_rows(
    camera: Camera, frames: Sequence[LabelledFrame], engine: Engine, table: BandTable | None
) -> list[CountedRow]:
    """A row a region of the camera, over all frames."""
    counter = Counter(camera, engine, table)
    pairs: dict[str, list[Pair]] = {}
    for frame in frames:
        image = frame.rgb()
        _check_shape(frame.name, image, camera)
        for pair in counter.pairs(image, frame.points_px):
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
