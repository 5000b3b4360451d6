"""An operator's own labelled frames: what his camera counts on them, against the heads that he marked."""

from __future__ import annotations

from collections.abc import Sequence

from crushwatch.models.band import BandTable
from crushwatch.site import Camera
from workers.infer.engine import Engine
from workers.labelled import LabelledFrame, frame_of
from workers.validate.counted import CountedRow, Counter, Pair, counted_row


def labelled_rows(
    camera: Camera, frames: Sequence[LabelledFrame], engine: Engine, table: BandTable | None
) -> list[CountedRow]:
    """A row a region of the camera, over all frames."""
    counter = Counter(camera, engine, table)
    pairs: dict[str, list[Pair]] = {}
    for frame in frames:
        for pair in counter.pairs(frame_of(camera, frame), frame.points_px):
            pairs.setdefault(pair.region, []).append(pair)
    return [counted_row(region, found) for region, found in pairs.items()]
