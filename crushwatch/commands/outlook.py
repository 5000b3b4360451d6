"""What a site file lets one foresee of each region: what lies out of the picture, too far away, or is drawn amiss."""

from __future__ import annotations

from collections.abc import Iterator

from crushwatch.ground import CameraGround
from crushwatch.ground.lattice import Lattice
from crushwatch.regions import RegionMeter, judge_quality
from crushwatch.site import Camera, Site

MOST_TAKEN = 0.5
"""Of a region by its obstacles, as they are usually drawn."""
CELL_PX = 8
"""A cell of the density map, in pixels of the network's input."""


def outlook(site: Site) -> Iterator[str]:
    """A sentence for each thing that will be held against a region's figures, or is hardly meant so."""
    for key, camera in site.cameras.items():
        yield from (f"cameras.{key}.{said}" for said in _drawn_twice(camera))
        if camera.ground is None or camera.picture_size_px is None:
            continue
        ground = CameraGround.fit(camera.ground, camera.picture_size_px)
        yield from (f"cameras.{key}.{said}" for said in _points_outside(camera))
        yield from (f"cameras.{key}.{said}" for said in _gates_outside(camera, ground))
        yield from (f"cameras.{key}.{said}" for said in _taken_regions(camera, ground))
        yield from (f"cameras.{key}.{said}" for said in _doubtful_regions(camera, ground, site.rules.minimum_quality))


def _drawn_twice(camera: Camera) -> Iterator[str]:
    regions = list(camera.regions.items())
    for number, (key, region) in enumerate(regions):
        for other, twin in regions[:number]:
            if (region.polygon_px, region.polygon_m) == (twin.polygon_px, twin.polygon_m):
                yield f"regions.{key}: has the outline of {other}: each alert will be raised twice"


def _points_outside(camera: Camera) -> Iterator[str]:
    width, height = camera.picture_size_px or (0, 0)
    for number, point in enumerate(camera.ground.points if camera.ground else ()):
        x, y = point.px
        if not (0 <= x <= width and 0 <= y <= height):
            yield f"ground.points[{number}].px: {x:g}, {y:g} lies outside the picture_size_px of {width} x {height}"


def _gates_outside(camera: Camera, ground: CameraGround) -> Iterator[str]:
    for key, gate in camera.gates.items():
        if not ground.sees_heads_at(ground.line_m(gate)).any():
            yield f"gates.{key}: neither of its ends lies in the picture: who passes it will not be seen"


def _taken_regions(camera: Camera, ground: CameraGround) -> Iterator[str]:
    for key, region in camera.regions.items():
        free_m2 = ground.floor(region, camera.obstacles.values()).area_m2
        taken_share = 1 - free_m2 / ground.floor(region).area_m2
        if taken_share > MOST_TAKEN:
            taken = f"obstacles take {taken_share * 100:.0f} % of it and leave {free_m2:.1f} m2"
            yield f"regions.{key}: {taken}; are they drawn around their foot on the ground?"


def _doubtful_regions(camera: Camera, ground: CameraGround, minimum_quality: float) -> Iterator[str]:
    lattice = _lattice(ground.picture_size_px, camera.engine_shape)
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
