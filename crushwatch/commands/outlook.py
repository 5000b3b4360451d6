"""What a site file lets one foresee of each region: points beyond the picture, regions out of view or too far away."""

from __future__ import annotations

from collections.abc import Iterator

from crushwatch.ground import CameraGround
from crushwatch.ground.lattice import Lattice
from crushwatch.regions import RegionMeter, judge_quality
from crushwatch.site import Camera, Site

CELL_PX = 8
"""A cell of the density map, in pixels of the network's input."""


def outlook(site: Site) -> Iterator[str]:
    """A sentence for each thing that will be held against a calibrated region's figures, from the first one on."""
    for key, camera in site.cameras.items():
        if camera.ground is None or camera.picture_size_px is None:
            continue
        yield from (f"cameras.{key}.{said}" for said in _points_outside(camera))
        yield from (f"cameras.{key}.{said}" for said in _doubtful_regions(camera, site.rules.minimum_quality))


def _points_outside(camera: Camera) -> Iterator[str]:
    width, height = camera.picture_size_px or (0, 0)
    for number, point in enumerate(camera.ground.points if camera.ground else ()):
        x, y = point.px
        if not (0 <= x <= width and 0 <= y <= height):
            yield f"ground.points[{number}].px: {x:g}, {y:g} lies outside the picture_size_px of {width} x {height}"


def _doubtful_regions(camera: Camera, minimum_quality: float) -> Iterator[str]:
    if camera.ground is None or camera.picture_size_px is None:
        return
    ground = CameraGround.fit(camera.ground, camera.picture_size_px)
    lattice = _lattice(camera.picture_size_px, camera.engine_shape)
    for key, region in camera.regions.items():
        meter = RegionMeter.on_ground(region, lattice, ground, camera.obstacles.values())
        quality = judge_quality(meter.sight)
        if not quality.reasons:
            continue
        outcome = "will be unknown" if quality.value < minimum_quality else "its figures will be marked as doubtful"
        yield f"regions.{key}: {outcome}: {'; '.join(quality.reasons)}"


def _lattice(picture_size_px: tuple[int, int], engine_shape: tuple[int, int]) -> Lattice:
    """The density's cells over the picture, which is fitted into the network's input."""
    (width, height), (engine_width, engine_height) = picture_size_px, engine_shape
    pitch_px = CELL_PX * max(width / engine_width, height / engine_height)
    return Lattice(engine_height // CELL_PX, engine_width // CELL_PX, (0.0, 0.0), (pitch_px, pitch_px))
