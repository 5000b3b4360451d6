"""One picture and an engine: how many people, and where."""

from __future__ import annotations

import time
from dataclasses import dataclass

from crushwatch.ground import Lattice
from crushwatch.regions.band import Estimate
from crushwatch.site import Camera
from workers.batch.letterbox import Letterbox
from workers.capture.source import Picture, RgbImage
from workers.infer.engine import Density, Engine
from workers.infer.people import people_in


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

    @property
    def estimate(self) -> Estimate:
        """The same with the cells that it was summed over, for its interval."""
        return Estimate(self.count, float(self.density.size))


def count_people(picture: Picture, engine: Engine, shape_px: tuple[int, int] | None = None) -> Counted:
    """shape_px: width and height given to the network; None: the picture's own, in tiles where that is large."""
    size_px = (picture.width_px, picture.height_px)
    box = Letterbox.native(size_px) if shape_px is None else Letterbox.fit(size_px, shape_px)
    image = box.image(picture)
    started_s = time.perf_counter()
    density = people_in(engine, image[None])[0]
    infer_ms = (time.perf_counter() - started_s) * 1000
    return Counted(box.content(image), box.content_cells(density), infer_ms)


def count_on_lattice(picture: Picture, camera: Camera, engine: Engine) -> tuple[Density, Lattice]:
    """People a cell of one picture of the camera, and where the cells lie: as its worker counts it."""
    size_px = (picture.width_px, picture.height_px)
    box = Letterbox.fit(size_px, camera.engine_shape)
    people = people_in(engine, box.image(picture)[None])[0]
    return people, box.lattice(camera.picture_size_px or size_px)
