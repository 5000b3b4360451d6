"""What a site file lets one foresee of each region: what lies out of the picture, too far away, or is drawn amiss."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from crushwatch.ground import CameraGround, GroundGrid
from crushwatch.ground.lattice import Lattice
from crushwatch.regions.band import CELLS_PER_BLOCK
from crushwatch.regions.density import PEAK_WINDOW_M, RegionMeter
from crushwatch.regions.hidden_heads import hidden_share, seen_at_deg
from crushwatch.regions.quality import SMALL_HEAD_PX, judge_quality
from crushwatch.site import Camera, Rules, Site

MOST_TAKEN = 0.5
"""Of a region by its obstacles, as they are usually drawn."""
LEAST_M2 = PEAK_WINDOW_M**2
"""A region smaller than the window over which peaks are a mean."""
MOST_HIDDEN = 0.1
"""Of the heads of a crowd at the region's `alert`, by those who stand before them."""
POINTS_APART = 0.005
"""Root mean square distance of the known points from the fitted plane, in picture widths: 10 px of 1920."""
CELL_PX = 8
"""A cell of the density map, in pixels of the network's input."""


def outlook(site: Site) -> Iterator[str]:
    """A sentence for each thing that will be held against a region's figures, or is hardly meant so."""
    for key, camera in site.cameras.items():
        yield from (f"cameras.{key}.{said}" for said in _without_alerts(camera))
        yield from (f"cameras.{key}.{said}" for said in _drawn_twice(camera))
        yield from (f"cameras.{key}.{said}" for said in _hardly_a_head(camera))
        ground = CameraGround.of(camera)
        if ground is None:
            continue
        yield from (f"cameras.{key}.{said}" for said in _points_outside(camera))
        yield from (f"cameras.{key}.{said}" for said in _points_apart(ground))
        yield from (f"cameras.{key}.{said}" for said in _gates_outside(camera, ground))
        yield from (f"cameras.{key}.{said}" for said in _small_regions(camera, ground))
        yield from (f"cameras.{key}.{said}" for said in _doubtful_regions(camera, ground, site.rules.minimum_quality))
        yield from (f"cameras.{key}.{said}" for said in _flat_views(camera, ground, site.rules))


def _without_alerts(camera: Camera) -> Iterator[str]:
    """What is counted and can raise no alert about its crowd, whatever happens there."""
    if not camera.regions:
        yield "regions: there are none: the whole picture is counted, without a density, a level or an alert"
    for key, region in camera.regions.items():
        if camera.ground is None and region.area_m2 is None and region.capacity_people is None:
            yield (
                f"regions.{key}: only counted, without a level or an alert: give the camera a `ground`, or the region "
                "its area_m2 or capacity_people"
            )
        if camera.ground is None and region.area_m2 is not None and region.area_m2 < LEAST_M2:
            yield f"regions.{key}.area_m2: {_too_small(region.area_m2)}"


def _too_small(area_m2: float) -> str:
    return (
        f"{area_m2:.1f} m2 are less than the 3 m x 3 m over which densities are judged: one person more or less is "
        f"{1 / area_m2:.2g} per m2; draw it larger, or go by capacity_people"
    )


def _drawn_twice(camera: Camera) -> Iterator[str]:
    regions = list(camera.regions.items())
    for number, (key, region) in enumerate(regions):
        for other, twin in regions[:number]:
            if (region.polygon_px, region.polygon_m) == (twin.polygon_px, twin.polygon_m):
                yield f"regions.{key}: has the outline of {other}: each alert will be raised twice"


def _hardly_a_head(camera: Camera) -> Iterator[str]:
    """Without a ground nobody knows how large heads are; of so few pixels none are told apart."""
    if camera.ground is not None or camera.picture_size_px is None:
        return
    lattice = _lattice(camera.picture_size_px, camera.engine_shape)
    for key, region in camera.regions.items():
        if RegionMeter.in_picture(region, lattice).cells < CELLS_PER_BLOCK:
            yield (
                f"regions.{key}: less than 64 x 64 pixels of what the network sees, a few heads at most; draw it "
                "larger, or raise engine_shape"
            )


def _points_outside(camera: Camera) -> Iterator[str]:
    width, height = camera.picture_size_px or (0, 0)
    for number, point in enumerate(camera.ground.points if camera.ground else ()):
        x, y = point.px
        if not (0 <= x <= width and 0 <= y <= height):
            yield f"ground.points[{number}].px: {x:g}, {y:g} lies outside the picture_size_px of {width} x {height}"


def _points_apart(ground: CameraGround) -> Iterator[str]:
    """What no careful hand does: one of the points is another than was measured."""
    error_px = ground.reprojection_error_px
    if error_px is not None and error_px > POINTS_APART * ground.picture_size_px[0]:
        yield f"ground.points: they are {error_px:.0f} px apart from what one flat floor would be: one of them is wrong"


def _gates_outside(camera: Camera, ground: CameraGround) -> Iterator[str]:
    for key, gate in camera.gates.items():
        if not ground.sees_heads_at(ground.line_m(gate)).any():
            yield f"gates.{key}: neither of its ends lies in the picture: who passes it will not be seen"


def _small_regions(camera: Camera, ground: CameraGround) -> Iterator[str]:
    for key, region in camera.regions.items():
        free_m2 = ground.floor(region, camera.obstacles.values()).area_m2
        taken_share = 1 - free_m2 / ground.floor(region).area_m2
        if taken_share > MOST_TAKEN:
            taken = f"obstacles take {taken_share * 100:.0f} % of it and leave {free_m2:.1f} m2"
            yield f"regions.{key}: {taken}; are they drawn around their foot on the ground?"
        elif free_m2 < LEAST_M2:
            yield f"regions.{key}: {_too_small(free_m2)}"


def _doubtful_regions(camera: Camera, ground: CameraGround, minimum_quality: float) -> Iterator[str]:
    lattice = _lattice(ground.picture_size_px, camera.engine_shape)
    for key, region in camera.regions.items():
        meter = RegionMeter.on_ground(region, lattice, ground, camera.obstacles.values())
        quality = judge_quality(meter.sight)
        if not quality.reasons:
            continue
        outcome = "will be unknown" if quality.value < minimum_quality else "its figures will be marked as doubtful"
        advice = _larger_heads(meter.sight.head_px or SMALL_HEAD_PX, camera)
        yield f"regions.{key}: {outcome}: {'; '.join([*quality.reasons, *advice])}"


def _flat_views(camera: Camera, ground: CameraGround, rules: Rules) -> Iterator[str]:
    """Where a crowd that must be told hides much of itself."""
    for key, region in camera.regions.items():
        floor = ground.floor(region, camera.obstacles.values())
        centres_m = GroundGrid.around(floor.outline_m).centres()
        seen_m = centres_m[floor.holds(centres_m) & ground.sees_heads_at(centres_m)]
        angles_deg, alert = seen_at_deg(ground, seen_m), region.levels_by(rules).alert
        share = float(np.mean(hidden_share(angles_deg, alert))) if len(seen_m) else 0.0
        if share > MOST_HIDDEN:
            yield (
                f"regions.{key}: seen at {np.mean(angles_deg):.0f} degrees: in a crowd of {alert:g} per m2 about "
                f"{share * 100:.0f} % of the heads are hidden behind others, and figures may be too low by as much; "
                "hang the camera higher, or draw the region nearer"
            )


def _larger_heads(head_px: float, camera: Camera) -> Iterator[str]:
    """What makes the smallest heads large enough; more than the picture's own pixels cannot be had."""
    if head_px >= SMALL_HEAD_PX or camera.picture_size_px is None:
        return
    wanted = camera.engine_shape[0] * SMALL_HEAD_PX / head_px
    if wanted <= camera.picture_size_px[0]:
        width, height = (math.ceil(side * wanted / camera.engine_shape[0] / 32) * 32 for side in camera.engine_shape)
        yield f"engine_shape [{width}, {height}] makes them {SMALL_HEAD_PX:g} px"
    else:
        yield "the picture has no more pixels there: zoom in, hang a camera nearer, or draw the region nearer"


def _lattice(picture_size_px: tuple[int, int], engine_shape: tuple[int, int]) -> Lattice:
    """The density's cells over the picture, which is fitted into the network's input."""
    (width, height), (engine_width, engine_height) = picture_size_px, engine_shape
    pitch_px = CELL_PX * max(width / engine_width, height / engine_height)
    return Lattice(engine_height // CELL_PX, engine_width // CELL_PX, (0.0, 0.0), (pitch_px, pitch_px))
