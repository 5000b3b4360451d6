"""Makes the trajectories of the scenarios with JuPedSim: python -m crushwatch.simulate.trajectories.make [NAME ...].

A development tool (`pip install crushwatch[dev]`); what it writes is committed beside it, so nobody needs it to watch.
A crowd is simulated for longer than its cycle, before and after; everybody who came in during the cycle is kept, and
who is still there at its end is shown at the beginning: the picture loops without a seam.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import jupedsim as jps
import numpy as np
import numpy.typing as npt
from shapely.geometry import MultiPoint, Point, box
from shapely.geometry.base import BaseGeometry

from crushwatch.simulate.trajectory import Trajectories, save_trajectories

FOLDER = Path(__file__).parent
_STEP_S = 0.02
_LEAD_S = 45.0
_PRESS_STEPS = 25
_NEAR_ENOUGH_M = 1.5


Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in metres."""

Way = tuple[int, int]
"""A journey of JuPedSim and its first stage."""


@dataclass(frozen=True)
class Entry:
    """Where people come in, where they go, and how many come a second at a time of the cycle.

    via_m: points on the way; each person passes by the one nearest to where they came in
    places_m: where people stand, one each, for as long as `stays` is true; then they go on
    turns_back: while it is true, everybody of this entry goes back to `back_m`
    """

    box_m: Box
    exit_m: Box
    per_s: Callable[[float], float]
    speed_m_s: tuple[float, float] = (1.3, 0.15)
    via_m: tuple[tuple[float, float], ...] = ()
    places_m: tuple[tuple[float, float], ...] = ()
    stays: Callable[[float], bool] = lambda _time_s: False
    back_m: Box | None = None
    turns_back: Callable[[float], bool] = lambda _time_s: False


@dataclass(frozen=True)
class Recipe:
    """A crowd to simulate. `ground_at` gives the walkable ground at a time of the cycle.

    radius_m and time_gap_s are those of JuPedSim's collision-free speed model. The radius sets how densely people pack:
    it is one by how many are there, for the more come from behind the closer those in front are pressed.
    standing_m: people who stay where they are for the whole cycle; the others walk around them.
    """

    period_s: float
    ground_at: Callable[[float], BaseGeometry]
    entries: tuple[Entry, ...]
    radius_m: Callable[[int], float] = lambda _people: 0.18
    time_gap_s: float = 0.5
    standing_m: tuple[tuple[float, float], ...] = ()
    rate_hz: float = 5.0
    seed: int = 1


@dataclass(frozen=True)
class Pressed:
    """A radius that shrinks evenly from `loose_m`, up to `few` people, to `packed_m` from `many` people on."""

    loose_m: float
    packed_m: float
    few: int
    many: int

    def __call__(self, people: int) -> float:
        return float(np.interp(people, (self.few, self.many), (self.loose_m, self.packed_m)))


class Door:
    """An entry at work in a simulation: it lets people in, holds them at their places, and turns them back."""

    def __init__(self, entry: Entry, recipe: Recipe, simulation: jps.Simulation, rng: np.random.Generator) -> None:
        self._entry, self._recipe, self._simulation, self._rng = entry, recipe, simulation, rng
        leave = simulation.add_exit_stage(box(*entry.exit_m))
        self._places = simulation.add_waiting_set_stage(list(entry.places_m)) if entry.places_m else None
        via = [simulation.add_waypoint_stage(point, _NEAR_ENOUGH_M) for point in entry.via_m]
        first = [self._places] if self._places is not None else via
        self._ways = [_way(simulation, stage, leave) for stage in first] or [_way(simulation, leave)]
        self._back = _way(simulation, simulation.add_exit_stage(box(*entry.back_m))) if entry.back_m else None
        self._owed = 0.0
        self._inside: set[int] = set()
        self.builds: dict[int, float] = {}
        """How much broader than others each is, by agent."""

    def tend(self, time_s: float) -> int | None:
        """One step at a time of the cycle; returns who has just come in."""
        self._owed += self._entry.per_s(time_s) * _STEP_S
        agent = self._let_in() if self._owed >= 1 else None
        if agent is not None:
            self._owed -= 1
            self._inside.add(agent)
        if self._places is not None:
            waiting = jps.WaitingSetState.ACTIVE if self._entry.stays(time_s) else jps.WaitingSetState.INACTIVE
            self._simulation.get_stage(self._places).state = waiting
        if self._back is not None and self._entry.turns_back(time_s):
            self._turn_back(self._back)
        return agent

    def _turn_back(self, back: Way) -> None:
        for agent in self._simulation.agents():
            if agent.id in self._inside and agent.journey_id != back[0]:
                self._simulation.switch_agent_journey(agent.id, *back)

    def _let_in(self) -> int | None:
        others = np.array([agent.position for agent in self._simulation.agents()]).reshape(-1, 2)
        for _ in range(10):
            place = self._rng.uniform(self._entry.box_m[:2], self._entry.box_m[2:])
            if len(others) == 0 or np.hypot(*(others - place).T).min() > 0.6:
                return self._add(place)
        return None

    def _add(self, place: npt.NDArray[np.float64]) -> int:
        via = self._entry.via_m
        journey, stage = self._ways[int(np.argmin([np.hypot(*(place - point)) for point in via])) if via else 0]
        speed_m_s = float(np.clip(self._rng.normal(*self._entry.speed_m_s), 0.7, 2.2))
        build = float(self._rng.uniform(0.94, 1.06))
        agent = int(
            self._simulation.add_agent(
                jps.CollisionFreeSpeedModelAgentParameters(
                    position=(float(place[0]), float(place[1])),
                    journey_id=journey,
                    stage_id=stage,
                    desired_speed=speed_m_s,
                    radius=self._recipe.radius_m(self._simulation.agent_count()) * build,
                    time_gap=self._recipe.time_gap_s,
                )
            )
        )
        self.builds[agent] = build
        return agent


def simulate(recipe: Recipe) -> Trajectories:
    """Everybody who enters within one cycle, from entering to leaving."""
    rng = np.random.default_rng(recipe.seed)
    ground = recipe.ground_at(0.0)
    model = jps.CollisionFreeSpeedModel(strength_neighbor_repulsion=5.0, range_neighbor_repulsion=0.08)
    simulation = jps.Simulation(model=model, geometry=ground, dt=_STEP_S)
    doors = [Door(entry, recipe, simulation, rng) for entry in recipe.entries]
    tracks: dict[int, list[tuple[float, float]]] = {}
    born_s: dict[int, float] = {}
    every = round(1 / recipe.rate_hz / _STEP_S)
    for step in range(round((recipe.period_s + 2 * _LEAD_S) / _STEP_S)):
        now_s = step * _STEP_S - _LEAD_S
        ground = _switched(simulation, ground, recipe.ground_at(now_s % recipe.period_s))
        born_s |= {agent: now_s for door in doors if (agent := door.tend(now_s % recipe.period_s)) is not None}
        if step % _PRESS_STEPS == 0:
            _press(simulation, recipe, doors)
        if step % every == 0:
            for walker in simulation.agents():
                tracks.setdefault(walker.id, []).append(walker.position)
        simulation.iterate()
    kept = [agent for agent, at in born_s.items() if 0 <= at < recipe.period_s and len(tracks.get(agent, ())) > 1]
    starts = [int(np.ceil(born_s[agent] * recipe.rate_hz - 1e-6)) for agent in kept]
    length = round(recipe.period_s * recipe.rate_hz)
    still = [np.tile(place, (length, 1)) for place in np.array(recipe.standing_m).reshape(-1, 2)]
    paths_m = [np.array(tracks[agent]) for agent in kept] + still
    return Trajectories(recipe.rate_hz, recipe.period_s, np.array(starts + [0] * len(still)), tuple(paths_m))


def _press(simulation: jps.Simulation, recipe: Recipe, doors: list[Door]) -> None:
    """Everybody takes the room that is left to them now."""
    radius_m = recipe.radius_m(simulation.agent_count())
    builds = {agent: build for door in doors for agent, build in door.builds.items()}
    for agent in simulation.agents():
        agent.model.radius = radius_m * builds[agent.id]


def _way(simulation: jps.Simulation, first: int, then: int | None = None) -> Way:
    journey = jps.JourneyDescription([first] if then is None else [first, then])
    if then is not None:
        journey.set_transition_for_stage(first, jps.Transition.create_fixed_transition(then))
    return int(simulation.add_journey(journey)), first


def _switched(simulation: jps.Simulation, ground: BaseGeometry, wanted: BaseGeometry) -> BaseGeometry:
    """The ground after a gate opened or closed; a gate does not close on people."""
    if wanted.equals(ground):
        return ground
    lost = ground.difference(wanted).buffer(0.25)
    if any(lost.contains(Point(agent.position)) for agent in simulation.agents()):
        return ground
    simulation.switch_geometry(wanted)
    return wanted


_USUAL_PER_S, _BUSY_PER_S = 2129 / 3600, 8068 / 3600
"""Who left Itaewon station on an evening like others, and on 29 October 2022 in the hour before the crush."""

_HALL = box(-3.5, 0, 3.5, 36)


def _gate_ground(open_m: float, opened_s: tuple[float, float]) -> Callable[[float], BaseGeometry]:
    """A hall 7 m wide whose gate stands a little open, and wide open for some time."""

    def ground(time_s: float) -> BaseGeometry:
        half_m = 3.1 if opened_s[0] <= time_s < opened_s[1] else open_m / 2
        return _HALL.difference(box(-4, 7.2, -half_m, 7.4)).difference(box(half_m, 7.2, 4, 7.4))

    return ground


def _gate_entry(per_s: Callable[[float], float]) -> Entry:
    return Entry((-3.1, 33.5, 3.1, 35.5), (-3.5, 0, 3.5, 1.5), per_s, via_m=((-2.2, 18), (0, 18), (2.2, 18)))


def _rush_inflow(time_s: float) -> float:
    """Few, then a rush of 75 s, then few again."""
    return 0.5 if time_s < 15 else 5.2 if time_s < 90 else 0.9 if time_s < 115 else 0.3 if time_s < 160 else 0.5


_CALM_STANDING = ((-3.1, 11.0), (-2.5, 11.4), (-2.6, 10.6), (3.4, 13.4), (4.0, 13.2), (1.2, 16.8), (-4.6, 15.8))
_CALM_HALL = box(-15, -1, 15, 34).difference(MultiPoint(_CALM_STANDING).buffer(0.3, quad_segs=2))

_ALLEY = box(-2.2, -6, 2.2, 38).difference(box(-3, 12, -0.9, 13.2)).difference(box(0.9, 12, 3, 13.2))


def _alley_inflow(time_s: float) -> float:
    """From each end, growing for minutes to half of those who came to Itaewon; nobody more while it is cleared."""
    if time_s >= 260:
        return 0.0 if time_s < 370 else _USUAL_PER_S / 2
    return float(np.interp(time_s, (15, 165), (_USUAL_PER_S / 2, _BUSY_PER_S / 2)))


def _turned_round(time_s: float) -> bool:
    """Stewards send those who come up back down."""
    return 260 <= time_s < 320


_DOORS_M = (-4.0, 4.0)
_FLOOR_M = box(-7, 5.5, 7, 22)


def _evacuation_ground() -> BaseGeometry:
    """A hall with two doors of 1.4 m in its near wall, and an entrance at the far end."""
    outside = box(-9, 0, 9, 5.3).union(box(-1.5, 22, 1.5, 30))
    doors = [box(x - 0.7, 5, x + 0.7, 6) for x in _DOORS_M]
    return _FLOOR_M.union(outside).union(doors[0]).union(doors[1])


def _scattered(count: int, area_m: Box, apart_m: float, seed: int) -> tuple[tuple[float, float], ...]:
    """Random places, no two nearer than `apart_m`."""
    rng = np.random.default_rng(seed)
    places = np.empty((0, 2))
    while len(places) < count:
        place = rng.uniform(area_m[:2], area_m[2:])
        if len(places) == 0 or np.hypot(*(places - place).T).min() > apart_m:
            places = np.concatenate([places, place[None]])
    return tuple((float(x), float(y)) for x, y in places)


def _surging_crowd() -> Trajectories:
    """People who stand before a stage, and are pressed forward for some seconds: a wave that comes from behind.

    They stay for the whole cycle, so that no simulation of walkers can be looped: the wave is a formula.
    """
    front_m, depth_m = 7.6, 11.0
    places = np.array(_scattered(330, (-5.5, front_m, 5.5, front_m + depth_m), 0.42, seed=5))
    behind = (places[:, 1] - front_m)[None]
    times_s = _AUDIENCE_TIMES_S - 0.25 * (depth_m - behind)
    pressed = np.clip((times_s - 45) / 5, 0, 1) - np.clip((times_s - 70) / 14, 0, 1)
    pressed = pressed * pressed * (3 - 2 * pressed)
    return _swaying(places, times_s, forward_m=0.46 * pressed * behind)


def _listening_crowd() -> Trajectories:
    """People who stand in a pen before the same stage and behind it, with room to move, and sway with the music; others
    come and go at the back."""
    in_pen, behind = (
        _scattered(42, (-3.7, 7.6, 3.7, 11.2), 0.62, seed=9),
        _scattered(75, (-5.5, 12.2, 5.5, 17.0), 0.7, 10),
    )
    places = np.array(in_pen + behind)
    standing = _swaying(places, _AUDIENCE_TIMES_S + 0.1 * places[None, :, 1], forward_m=np.zeros((1, len(places))))
    walking = simulate(_BEHIND_THE_AUDIENCE)
    return Trajectories(
        standing.rate_hz,
        standing.period_s,
        np.concatenate([standing.starts, walking.starts]),
        standing.paths_m + walking.paths_m,
    )


_AUDIENCE_S, _AUDIENCE_HZ = 120.0, 5.0
_AUDIENCE_TIMES_S = np.arange(round(_AUDIENCE_HZ * _AUDIENCE_S))[:, None] / _AUDIENCE_HZ


def _swaying(
    places: npt.NDArray[np.float64], times_s: npt.NDArray[np.float64], forward_m: npt.NDArray[np.float64]
) -> Trajectories:
    """Who stands at `places` (N, 2) and sways from side to side, (T, N) times each and metres pushed forward."""
    x = places[None, :, 0] + 0.04 * np.sin(2 * np.pi * np.round(_AUDIENCE_S / 4.0) * times_s / _AUDIENCE_S)
    paths = np.stack([x, places[None, :, 1] - forward_m + np.zeros_like(x)], axis=2)
    starts = np.zeros(len(places), np.int64)
    return Trajectories(_AUDIENCE_HZ, _AUDIENCE_S, starts, tuple(paths.transpose(1, 0, 2)))


_PRESSED = Pressed(loose_m=0.25, packed_m=0.183, few=60, many=330)
"""From about 4 people per m2 in a queue of a few dozen to 7 among hundreds: before a narrow entrance the density grows
with the number of those who wait (Adrian, Boltes, Holl, Sieben and Seyfried 2018), and at Hillsborough 'as more arrived
at the back the crush at the front grew worse' (Taylor 1989, 64)."""

_GATE = Recipe(
    period_s=430,
    ground_at=_gate_ground(open_m=1.0, opened_s=(330, 385)),
    entries=(_gate_entry(lambda time_s: _BUSY_PER_S if 15 <= time_s < 300 else _USUAL_PER_S),),
    radius_m=_PRESSED,
    time_gap_s=0.45,
)
"""More come than a gate of 1 m lets through (1.3 a second, 1.2 to 1.9 per metre are measured), for five minutes."""
_EVENING = Recipe(
    period_s=180,
    ground_at=lambda _time_s: (
        _gate_ground(1.0, (0, 0))(0.0).difference(box(-4, 7.4, -0.8, 12)).difference(box(0.8, 7.4, 4, 12))
    ),
    entries=(_gate_entry(lambda _time_s: _USUAL_PER_S),),
    time_gap_s=0.8,
    standing_m=_scattered(14, (-3.3, 7.9, -1.1, 11.9), 0.6, seed=21)
    + _scattered(14, (1.1, 7.9, 3.3, 11.9), 0.6, seed=22),
    seed=6,
)
"""The same gate on an evening like others: people wait for others on both sides of the way, as many go out as come."""
_RUSH = Recipe(
    period_s=240,
    ground_at=_gate_ground(open_m=0.72, opened_s=(134, 214)),
    entries=(_gate_entry(_rush_inflow),),
    radius_m=lambda _people: 0.183,
    time_gap_s=0.45,
)
"""As if a train had emptied before the gate: 5.2 a second for 75 s, and who stops is packed at once."""
_CALM = Recipe(
    period_s=120,
    ground_at=lambda _time_s: _CALM_HALL,
    entries=(
        Entry((-5, 31, 5, 33), (-4, -1, 4, 0), lambda _time_s: 0.30),
        Entry((-4, 0.5, 4, 1.5), (-6, 33, 6, 34), lambda _time_s: 0.25),
        Entry((-14, 7, -13, 16), (14, 8, 15, 18), lambda _time_s: 0.30),
        Entry((13, 8, 14, 18), (-15, 7, -14, 16), lambda _time_s: 0.25),
    ),
    time_gap_s=1.0,
    standing_m=_CALM_STANDING,
    seed=4,
)
_BEHIND_THE_AUDIENCE = Recipe(
    period_s=_AUDIENCE_S,
    ground_at=lambda _time_s: box(-16, 17.5, 16, 22.5),
    entries=(
        Entry((-15, 18, -14, 22), (15, 18, 16, 22), lambda _time_s: 0.20),
        Entry((14, 18, 15, 22), (-16, 18, -15, 22), lambda _time_s: 0.20),
    ),
    time_gap_s=1.0,
    seed=8,
)
_TWO_WAYS = Recipe(
    period_s=400,
    ground_at=lambda _time_s: _ALLEY,
    entries=(
        Entry((-1.9, 33, 1.9, 36.5), (-2.2, -6, 2.2, -5.5), _alley_inflow),
        Entry(
            *((-1.9, -5, 1.9, -1), (-2.2, 37, 2.2, 38), _alley_inflow),
            back_m=(-2.2, -6, 2.2, -5.5),
            turns_back=_turned_round,
        ),
    ),
    radius_m=_PRESSED,
    time_gap_s=0.6,
)
_EVACUATION = Recipe(
    period_s=180,
    ground_at=lambda _time_s: _evacuation_ground(),
    entries=(
        Entry(
            *((-1.2, 27, 1.2, 29.5), (-9, 0, 9, 1.5), lambda time_s: 1.9 if time_s < 85 else 0.0),
            speed_m_s=(1.5, 0.2),
            places_m=_scattered(165, (-6.4, 8.0, 6.4, 20.5), 0.75, seed=3),
            stays=lambda time_s: time_s < 112 or time_s >= 175,
        ),
    ),
    radius_m=lambda _people: 0.17,
    time_gap_s=0.4,
)

CROWDS: dict[str, Callable[[], Trajectories]] = {
    "gate": lambda: simulate(_GATE),
    "rush": lambda: simulate(_RUSH),
    "calm": lambda: simulate(_CALM),
    "alley": lambda: simulate(_TWO_WAYS),
    "evacuation": lambda: simulate(_EVACUATION),
    "concert": _surging_crowd,
    "calm-night": lambda: simulate(_EVENING),
    "calm-concert": _listening_crowd,
}
"""The crowds of the scenarios, by name."""


def main(names: list[str]) -> None:
    """Make the named crowds, all if none is named, and write them beside this file."""
    for name in names or CROWDS:
        trajectories = CROWDS[name]()
        path = FOLDER / f"{name}.npz"
        save_trajectories(path, trajectories)
        print(f"{name}: {len(trajectories.paths_m)} people, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
