"""A camera over a crowd of known density: any moment of it as a picture, with every head and every pair of feet."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from crushwatch.errors import UnreadableError
from crushwatch.simulate.backdrop import draw_facade, draw_sky
from crushwatch.simulate.barrier import barrier_fixtures
from crushwatch.simulate.build import FIGURE_HEIGHT_M, HEAD_CENTRE_M
from crushwatch.simulate.cast import Actor
from crushwatch.simulate.crowd import Crowd, Moment
from crushwatch.simulate.ground import floor_picture
from crushwatch.simulate.lamp import lamp_light, lit_by_lamps
from crushwatch.simulate.lens import Film
from crushwatch.simulate.light import lit_floor
from crushwatch.simulate.painter import Figures, Painter
from crushwatch.simulate.pinhole import Pinhole, Points
from crushwatch.simulate.scenes import SCENES, Course, Scene
from crushwatch.simulate.shadow import cast_shadows
from crushwatch.simulate.surface import Bytes
from crushwatch.simulate.trajectory import Trajectories, load_trajectories
from crushwatch.simulate.wardrobe import random_build, random_outfit
from crushwatch.site import Actions, Camera, Ground, GroundPoint, Obstacle, Region

_TRAJECTORIES = Path(__file__).parent / "trajectories"
_MEAN_HEIGHT_M = 1.70
_BUILDS = 12
_EMPTY_S = 60.0


@dataclass(frozen=True)
class SimulatedFrame:
    """One picture and all that is true of it.

    image: (H, W, 3) uint8 RGB
    heads_px: (N, 2) the middle of every head inside the picture, those hidden behind others among them
    feet_m: (N, 2) where those people stand on the ground    velocities_m_s: (N, 2)
    ids: (N,) the same from frame to frame
    """

    image: Bytes
    heads_px: Points
    feet_m: Points
    ids: npt.NDArray[np.int64]
    velocities_m_s: Points


class Scenario:
    """An opened scenario. Frames depend on the time asked for alone, and repeat after `duration_s`."""

    def __init__(self, scene: Scene, size_px: tuple[int, int]) -> None:
        self.name = scene.name
        self.frame_rate_hz = scene.frame_rate_hz
        self.size_px = size_px
        self._scene = scene
        self.pinhole = Pinhole(scene.height_m, np.radians(scene.tilt_deg), scene.focal * size_px[0], size_px)
        trajectories = _trajectories(scene)
        self.duration_s = trajectories.period_s
        self._crowd = Crowd(trajectories, scene.seed, scene.looks_at_m)
        cast = _cast(scene, len(trajectories.paths_m))
        self.heights_m = np.array([actor.height_m for actor in cast])
        self._painter = Painter(self.pinhole, cast, scene.light, _figures())
        self._floor = _empty_view(self.pinhole, scene)
        self._fixtures = [(barrier, barrier_fixtures(barrier, self.pinhole, scene.light)) for barrier in scene.barriers]
        self._lamps = lamp_light(self.pinhole, scene.lamps) if scene.lamps else None
        self._film = Film(size_px, scene.lens, scene.seed)

    def frame(self, time_s: float) -> SimulatedFrame:
        """The moment `time_s` seconds after the beginning, modulo the duration."""
        time_s %= self.duration_s
        moment = self.crowd_at(time_s)
        picture = self._floor.copy()
        cast_shadows(picture, self.pinhole, moment.placed, self._scene.light)
        fixtures = [piece for barrier, pieces in self._fixtures if barrier.stands_at(time_s) for piece in pieces]
        self._painter.paint(picture, moment.placed, fixtures)
        if self._lamps is not None:
            lit_by_lamps(picture, self._lamps)
        heads_px = self.pinhole.project(self.heads_m(moment))
        inside = ((heads_px >= 0) & (heads_px < np.array(self.size_px))).all(axis=1)
        return SimulatedFrame(
            image=self._film.develop(picture, round(time_s * 1000)),
            heads_px=heads_px[inside],
            feet_m=moment.placed.feet_m[inside],
            ids=moment.ids[inside],
            velocities_m_s=moment.velocities_m_s[inside],
        )

    def crowd_at(self, time_s: float) -> Moment:
        """Everybody at that moment, also those outside the picture, without drawing them."""
        return self._crowd.at(time_s % self.duration_s)

    def heads_m(self, moment: Moment) -> Points:
        """(N, 3): the middle of each head above the ground."""
        return self._painter.heads_m(moment.placed)

    def camera(self) -> Camera:
        """What a site file would say of this camera: its true ground and the scenario's regions."""
        return Camera(
            name=self._scene.title,
            source=f"sim:{self.name}",  # type: ignore[arg-type]
            picture_size_px=self.size_px,
            ground=ground_seen_by(self.pinhole),
            regions={
                key: Region(
                    name=region.name, kind=region.kind, polygon_m=region.polygon_m, actions=Actions(**region.actions)
                )
                for key, region in self._scene.regions.items()
            },
            obstacles={key: Obstacle(polygon_m=corners) for key, corners in self._scene.obstacles.items()},
        )


_MEAN_HEAD_M = round(_MEAN_HEIGHT_M * HEAD_CENTRE_M / FIGURE_HEIGHT_M, 2)


def ground_seen_by(pinhole: Pinhole) -> Ground:
    """What a site file would say of the ground that a camera sees: six measured points, and how high heads are."""
    return Ground(points=_ground_points(pinhole), head_height_m=_MEAN_HEAD_M)


def open_scenario(name: str, size_px: tuple[int, int] = (1280, 720)) -> Scenario:
    """The scenario of that name; raises SourceError, naming those there are, for any other."""
    return Scenario(scene_named(name), size_px)


def scene_named(name: str) -> Scene:
    """What the scenario of that name is made from, without its crowd; raises SourceError like `open_scenario`."""
    if name not in SCENES:
        raise UnreadableError(f"sim:{name}: no such scenario; there are {', '.join(scenario_names())}")
    return SCENES[name]


def scenario_names(course: Course | None = None) -> tuple[str, ...]:
    """The names that `open_scenario` knows: all, or those of one course: `calm`, `crush` or `sudden`."""
    return tuple(name for name, scene in SCENES.items() if course in (None, scene.course))


@functools.cache
def _figures() -> Figures:
    """The figures of all scenarios: they share their builds, so that a second camera costs little."""
    rng = np.random.default_rng(_BUILDS)
    return Figures(tuple(random_build(rng) for _ in range(_BUILDS)))


def _trajectories(scene: Scene) -> Trajectories:
    if scene.trajectories is None:
        return Trajectories(1.0, _EMPTY_S, np.empty(0, dtype=np.int64), ())
    return load_trajectories(_TRAJECTORIES / f"{scene.trajectories}.npz")


def _cast(scene: Scene, people: int) -> tuple[Actor, ...]:
    rng = np.random.default_rng(scene.seed)
    heights_m = np.clip(rng.normal(_MEAN_HEIGHT_M, 0.08, people), 1.5, 1.95)
    return tuple(Actor(int(rng.integers(_BUILDS)), random_outfit(rng), float(height)) for height in heights_m)


def _empty_view(pinhole: Pinhole, scene: Scene) -> Bytes:
    """The scene without people and barriers, in its light."""
    picture = floor_picture(pinhole, scene.floor, scene.marks)
    draw_sky(picture, pinhole, scene.sky_colour)
    for facade in scene.facades:
        draw_facade(picture, pinhole, facade)
    lit_floor(picture, scene.light)
    return picture


def _ground_points(pinhole: Pinhole) -> tuple[GroundPoint, ...]:
    """Six points of the floor spread over the picture, as somebody would measure them."""
    width, height = pinhole.size_px
    spread = [(x * width, y * height) for y in (0.2, 0.55, 0.9) for x in (0.15, 0.85)]
    on_ground = pinhole.on_plane(np.array(spread))
    points_m = np.round(on_ground, 3)
    pixels = pinhole.project(np.column_stack([points_m, np.zeros(len(points_m))]))
    return tuple(
        GroundPoint(px=(float(px[0]), float(px[1])), m=(float(m[0]), float(m[1])))
        for px, m in zip(pixels, points_m, strict=True)
    )
