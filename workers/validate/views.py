"""A scenario under a camera of any tilt: where everybody truly stands, and where each head falls in the picture.

The camera keeps its place above the origin; the scenario's ground is moved below it, so that the axis meets the middle
of the region at the height of the heads. The lens is as long as makes people as large as in the scenario's own picture,
and short enough for the whole region; where it would be shorter than a wide-angle lens, the camera goes up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crushwatch.ground import CameraGround, Floor, Lattice
from crushwatch.simulate import Scenario
from crushwatch.simulate.crowd import Moment
from crushwatch.simulate.pinhole import Pinhole, Points
from crushwatch.simulate.scenario import ground_seen_by
from crushwatch.site import Ground, Obstacle, Region
from workers.batch.letterbox import Letterbox

FILLS = 0.8
"""Of the picture, at most, is the region with its people wide or high."""
WIDEST_LENS = 0.5
"""Shortest focal length, in picture widths: 90 degrees."""
TALLEST_M = 1.95
STEP_UP = 1.15


@dataclass(frozen=True)
class View:
    """One region of a scenario as one camera sees it; `moved_m` leads from the scenario's ground to the camera's."""

    scenario: Scenario
    region: str
    tilt_deg: float
    pinhole: Pinhole
    moved_m: tuple[float, float]
    ground: CameraGround
    lattice: Lattice

    @property
    def drawn(self) -> Region:
        """The region on the camera's ground."""
        return Region(polygon_m=_corners(outline_of(self.scenario, self.region) + self.moved_m))

    @property
    def obstacles(self) -> list[Obstacle]:
        """On the camera's ground."""
        corners_m = floor_of(self.scenario, self.region).obstacles_m
        return [Obstacle(polygon_m=_corners(corners + self.moved_m)) for corners in corners_m]

    def heads_px(self, moment: Moment) -> Points:
        """(N, 2): the middle of every head that is in the picture, whatever hides it."""
        heads_m = self.scenario.heads_m(moment) + np.array([*self.moved_m, 0.0])
        heads_px = self.pinhole.project(heads_m)
        with np.errstate(invalid="ignore"):
            inside = ((heads_px >= 0) & (heads_px < np.array(self.pinhole.size_px))).all(axis=1)
        seen: Points = heads_px[inside]
        return seen


def view_of(scenario: Scenario, region: str, tilt_deg: float, ground: Ground | None = None) -> View:
    """The region under a camera of that tilt. ground: what the site file says of it, if it is not to be the truth."""
    outline = outline_of(scenario, region)
    head_m, height_m = ground_seen_by(scenario.pinhole).head_height_m, scenario.pinhole.height_m
    while True:
        pinhole, moved = _framed(scenario, outline, np.radians(tilt_deg), height_m, head_m)
        if pinhole.focal_px >= WIDEST_LENS * pinhole.size_px[0]:
            break
        height_m *= STEP_UP
    said = ground_seen_by(pinhole) if ground is None else ground
    engine_shape_px = scenario.camera().engine_shape
    return View(
        scenario=scenario,
        region=region,
        tilt_deg=tilt_deg,
        pinhole=pinhole,
        moved_m=(float(moved[0]), float(moved[1])),
        ground=CameraGround.fit(said, pinhole.size_px),
        lattice=Letterbox.fit(pinhole.size_px, engine_shape_px).lattice(pinhole.size_px),
    )


def own_ground(scenario: Scenario) -> CameraGround:
    """The ground of the scenario's own camera."""
    return CameraGround.fit(ground_seen_by(scenario.pinhole), scenario.size_px)


def outline_of(scenario: Scenario, region: str) -> Points:
    """(N, 2): the region's corners on the scenario's own ground."""
    return np.array(scenario.camera().regions[region].polygon_m, dtype=np.float64)


def floor_of(scenario: Scenario, region: str) -> Floor:
    """Where people can stand in the region, on the scenario's own ground."""
    camera = scenario.camera()
    return own_ground(scenario).floor(camera.regions[region], camera.obstacles.values())


def _framed(
    scenario: Scenario, outline: Points, tilt_rad: float, height_m: float, head_m: float
) -> tuple[Pinhole, Points]:
    """The camera, and how far the ground is moved below it."""
    middle, own = outline.mean(axis=0), scenario.pinhole
    above_m = height_m - head_m
    moved = np.array([0.0, above_m / np.tan(tilt_rad)]) - middle
    as_large = np.hypot(above_m, above_m / np.tan(tilt_rad)) / np.hypot(own.height_m - head_m, middle[1])
    corners = [np.column_stack([outline + moved, np.full(len(outline), z_m)]) for z_m in (0.0, TALLEST_M)]
    half_px = np.array(own.size_px) / 2
    spread = np.abs(Pinhole(height_m, tilt_rad, 1.0, own.size_px).project(np.vstack(corners)) - half_px).max(axis=0)
    focal_px = min(own.focal_px * float(as_large), float((FILLS * half_px / spread).min()))
    return Pinhole(height_m, tilt_rad, focal_px, own.size_px), moved


def _corners(points: Points) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), float(y)) for x, y in points)
