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
from shapely.geometry import MultiPoint, Point, box
from shapely.geometry.base import BaseGeometry

from crushwatch.simulate.trajectory import Trajectories, save_trajectories

FOLDER = Path(__file__).parent
_STEP_S = 0.02
_LEAD_S = 45.0
_NEAR_ENOUGH_M = 1.5


Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in metres."""


@dataclass(frozen=True)
class Entry:
    """Where people come in, where they go, and how many come a second at a time of the cycle.

    via_m: points on the way; each person passes by the one nearest to where they came in.
    """

    box_m: Box
    exit_m: Box
    per_s: Callable[[float], float]
    speed_m_s: tuple[float, float] = (1.3, 0.15)
    via_m: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Recipe:
    """A crowd to simulate. `ground_at` gives the walkable ground at a time of the cycle.

    radius_m and time_gap_s are those of JuPedSim's collision-free speed model: the radius sets how densely people pack.
    standing_m: people who stay where they are for the whole cycle; the others walk around them.
    """

    period_s: float
    ground_at: Callable[[float], BaseGeometry]
    entries: tuple[Entry, ...]
    radius_m: float = 0.18
    time_gap_s: float = 0.5
    standing_m: tuple[tuple[float, float], ...] = ()
    rate_hz: float = 5.0
    seed: int = 1


def simulate(recipe: Recipe) -> Trajectories:
    """Everybody who enters within one cycle, from entering to leaving."""
    rng = np.random.default_rng(recipe.seed)
    ground = recipe.ground_at(0.0)
    model = jps.CollisionFreeSpeedModel(strength_neighbor_repulsion=5.0, range_neighbor_repulsion=0.08)
    simulation = jps.Simulation(model=model, geometry=ground, dt=_STEP_S)
    ways = [_ways(simulation, entry) for entry in recipe.entries]
    owed = np.zeros(len(recipe.entries))
    tracks: dict[int, list[tuple[float, float]]] = {}
    born_s: dict[int, float] = {}
    every = round(1 / recipe.rate_hz / _STEP_S)
    for step in range(round((recipe.period_s + 2 * _LEAD_S) / _STEP_S)):
        now_s = step * _STEP_S - _LEAD_S
        ground = _switched(simulation, ground, recipe.ground_at(now_s % recipe.period_s))
        for number, entry in enumerate(recipe.entries):
            owed[number] += entry.per_s(now_s % recipe.period_s) * _STEP_S
            if owed[number] >= 1 and (agent := _enter(simulation, entry, ways[number], recipe, rng)) is not None:
                owed[number] -= 1
                born_s[agent] = now_s
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


def _ways(simulation: jps.Simulation, entry: Entry) -> list[tuple[int, int]]:
    """A journey and its first stage for each point on the way; one alone where there is none."""
    leave = simulation.add_exit_stage(box(*entry.exit_m))
    if not entry.via_m:
        return [(simulation.add_journey(jps.JourneyDescription([leave])), leave)]
    ways = []
    for point in entry.via_m:
        first = simulation.add_waypoint_stage(point, _NEAR_ENOUGH_M)
        journey = jps.JourneyDescription([first, leave])
        journey.set_transition_for_stage(first, jps.Transition.create_fixed_transition(leave))
        ways.append((simulation.add_journey(journey), first))
    return ways


def _switched(simulation: jps.Simulation, ground: BaseGeometry, wanted: BaseGeometry) -> BaseGeometry:
    """The ground after a gate opened or closed; a gate does not close on people."""
    if wanted.equals(ground):
        return ground
    lost = ground.difference(wanted).buffer(0.25)
    if any(lost.contains(Point(agent.position)) for agent in simulation.agents()):
        return ground
    simulation.switch_geometry(wanted)
    return wanted


def _enter(
    simulation: jps.Simulation, entry: Entry, ways: list[tuple[int, int]], recipe: Recipe, rng: np.random.Generator
) -> int | None:
    others = np.array([agent.position for agent in simulation.agents()]).reshape(-1, 2)
    for _ in range(10):
        place = rng.uniform(entry.box_m[:2], entry.box_m[2:])
        if len(others) == 0 or np.hypot(*(others - place).T).min() > 0.6:
            nearest = np.argmin([np.hypot(*(place - point)) for point in entry.via_m]) if entry.via_m else 0
            journey, stage = ways[int(nearest)]
            return int(
                simulation.add_agent(
                    jps.CollisionFreeSpeedModelAgentParameters(
                        position=(float(place[0]), float(place[1])),
                        journey_id=journey,
                        stage_id=stage,
                        desired_speed=float(np.clip(rng.normal(*entry.speed_m_s), 0.7, 1.8)),
                        radius=recipe.radius_m * float(rng.uniform(0.94, 1.06)),
                        time_gap=recipe.time_gap_s,
                    )
                )
            )
    return None


_HALL = box(-3.5, 0, 3.5, 36)


def _gate_ground(time_s: float) -> BaseGeometry:
    """A hall 7 m wide whose gate stands 0.7 m open, and wide open from 134 s to 214 s."""
    half_m = 3.1 if 134 <= time_s < 214 else 0.36
    return _HALL.difference(box(-4, 7.2, -half_m, 7.4)).difference(box(half_m, 7.2, 4, 7.4))


def _gate_inflow(time_s: float) -> float:
    """Few, then a rush of 75 s, then few again."""
    return 0.5 if time_s < 15 else 5.2 if time_s < 90 else 0.9 if time_s < 115 else 0.3 if time_s < 160 else 0.5


def _round_people(ground: BaseGeometry, people_m: tuple[tuple[float, float], ...]) -> BaseGeometry:
    return ground.difference(MultiPoint(people_m).buffer(0.3, quad_segs=2)) if people_m else ground


_CALM_STANDING = ((-3.1, 11.0), (-2.5, 11.4), (-2.6, 10.6), (3.4, 13.4), (4.0, 13.2), (1.2, 16.8), (-4.6, 15.8))
_CALM_HALL = _round_people(box(-15, -1, 15, 34), _CALM_STANDING)

RECIPES = {
    "gate": Recipe(
        period_s=240,
        ground_at=_gate_ground,
        entries=(
            Entry((-3.1, 33.5, 3.1, 35.5), (-3.5, 0, 3.5, 1.5), _gate_inflow, via_m=((-2.2, 18), (0, 18), (2.2, 18))),
        ),
        radius_m=0.183,
        time_gap_s=0.45,
    ),
    "calm": Recipe(
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
    ),
}
"""The crowds of the scenarios, by name."""


def main(names: list[str]) -> None:
    """Simulate the named crowds, all if none is named, and write them beside this file."""
    for name in names or RECIPES:
        trajectories = simulate(RECIPES[name])
        path = FOLDER / f"{name}.npz"
        save_trajectories(path, trajectories)
        print(f"{name}: {len(trajectories.paths_m)} people, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
