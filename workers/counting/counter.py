"""One picture and an engine: how many people, and where."""

from __future__ import annotations

import time
from dataclasses import dataclass

from workers.batch.letterbox import Letterbox
from workers.batch.tiles import infer_in_tiles
from workers.capture.source import Picture, RgbImage
from workers.infer.engine import Density, Engine


@dataclass(frozen=True)
class Counted:
    """What was counted in one picture.

    image:    (height, width, 3) as the network saw it, without the border
    density:  (rows, columns) people per 8 x 8 pixels of `image`, edge cells included
    infer_ms: how long the network took
    """

    image: RgbImage
    density: Density
    infer_ms: float

    @property
    def count(self) -> float:
        """People in the picture."""
        return float(self.density.sum(dtype="float64"))


def count_people(picture: Picture, engine: Engine, shape_px: tuple[int, int] | None = None) -> Counted:
    """shape_px: width and height given to the network; None: the picture's own, in tiles where that is large."""
    size_px = (picture.width_px, picture.height_px)
    box = Letterbox.native(size_px) if shape_px is None else Letterbox.fit(size_px, shape_px)
    image = box.image(picture)
    started_s = time.perf_counter()
    density = infer_in_tiles(engine, image[None])[0]
    infer_ms = (time.perf_counter() - started_s) * 1000
    return Counted(box.content(image), box.content_cells(density), infer_ms)
