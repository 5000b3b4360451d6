"""Density, speed and flow of real and simulated crowds against PedPy, which others wrote.

The heads are the true ones, seen by a pinhole camera and splatted as a density: what is measured is the way from there
to the figures on the ground. Figures of one run stand in docs/measurement.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pedpy
import pytest
import shapely

from crushwatch.ground import CameraGround
from crushwatch.regions import RegionMeter
from crushwatch.regions.motion import GroundMotion
from crushwatch.regions.movement import MovementMeter
from crushwatch.site import Gate, Region
from support.synthetic_camera import SyntheticCamera
from support.tracks import Tracks, real_tracks, seen_by, simulated_tracks, speeds, square_tracks

pytestmark = pytest.mark.science
CAMERA = SyntheticCamera(height_m=9, tilt_deg=40, focal_px=900)
GROUND = CameraGround.fit(CAMERA.ground(), CAMERA.size_px)
RATE_HZ = 2.0


@dataclass(frozen=True)
class Case:
    """A crowd, the box of ground that is measured, a line across it, and what it walks between; all in metres."""

    tracks: Tracks
    box_m: tuple[float, float, float, float]
    line_m: tuple[tuple[float, float], tuple[float, float]]
    walls_m: tuple[float, float, float, float]
    two_ways: bool = False

    @property
    def corners(self) -> tuple[tuple[float, float], ...]:
        x0, y0, x1, y1 = self.box_m
        return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


def bottleneck() -> Case:
    tracks = real_tracks("juelich_bottleneck_ao-500-400").shifted(-0.8, 8.5).between(1260, 1700)
    return Case(tracks, (-2.4, 10.0, 2.4, 14.0), ((-2.8, 12.0), (2.8, 12.0)), (-3.1, 0.0, 3.3, 17.0))


def corridor(name: str) -> Case:
    tracks = real_tracks(f"juelich_corridor_{name}").shifted(-0.5, 12.0).between(400, 1400)
    return Case(tracks, (-1.0, 10.0, 1.0, 14.0), ((-1.2, 12.0), (1.2, 12.0)), (-1.0, 6.0, 1.0, 18.0))


def square() -> Case:
    tracks = square_tracks().shifted(-5.0, 9.0)
    return Case(tracks, (-3.0, 8.0, 3.0, 20.0), ((-8.0, 21.0), (4.0, 21.0)), (-8.5, -0.5, 4.5, 35.5), two_ways=True)


def gate() -> Case:
    tracks = simulated_tracks("rush").between(100, 700)
    return Case(tracks, (-2.6, 7.7, 2.6, 12.3), ((-3.4, 13.0), (3.4, 13.0)), (-3.5, 0.0, 3.5, 36.0))


CASES = {
    "real-bottleneck": bottleneck,
    "real-corridor-thin": lambda: corridor("ug-180-015"),
    "real-corridor-dense": lambda: corridor("ug-180-085"),
    "real-square": square,
    "simulated-rush": gate,
}


@dataclass(frozen=True)
class Series:
    """Frame by frame: ours, to be laid beside PedPy's."""

    frames: list[int]
    density_per_m2: np.ndarray
    speed_m_s: np.ndarray
    people: np.ndarray
    in_people: float
    out_people: float


@pytest.fixture(scope="module", params=CASES, ids=str)
def measured(request: pytest.FixtureRequest) -> tuple[str, Case, Series]:
    case = CASES[request.param]()
    return request.param, case, measure(case)


def measure(case: Case) -> Series:
    region = Region(polygon_m=case.corners)
    line = Gate(into="box", line_m=case.line_m)
    frames, densities, motions, people = [], [], [], []
    meter: RegionMeter | None = None
    for number, moment in seen_by(CAMERA, case.tracks, RATE_HZ):
        if meter is None:
            meter = RegionMeter.on_ground(region, moment.lattice, GROUND)
            ground_motion = GroundMotion(moment.lattice, GROUND)
            movement = MovementMeter(region, {"line": line}, moment.lattice, GROUND)
        assert moment.displacement is not None
        movement.add(moment.time_s, moment.people, ground_motion.velocity_m_s(moment.displacement))
        seen, motion = meter.measure(moment.people), movement._motions[-1] if movement._motions else None
        frames.append(number)
        densities.append(seen.density_per_m2)
        people.append(seen.count)
        is_new = motion is not None and motion[0] == moment.time_s
        motions.append(motion[1].speed_m_s if motion is not None and is_new else np.nan)
    turnstile = movement._gates["line"]._turnstile
    return Series(
        frames,
        np.array(densities),
        np.array(motions),
        np.array(people),
        turnstile.in_people,
        turnstile.out_people,
    )


def by_frame(table: pd.DataFrame, column: str, frames: list[int]) -> np.ndarray:
    """PedPy's figure at each of these frames; NaN where it has none."""
    return table.reset_index().set_index("frame")[column].reindex(frames).to_numpy()


def say(name: str, **figures: float) -> None:
    print(name, {key: round(value, 4) for key, value in figures.items()})


def test_density_is_pedpys_classic_density(measured: tuple[str, Case, Series]) -> None:
    name, case, ours = measured
    area = pedpy.MeasurementArea(case.corners)
    table = pedpy.compute_classic_density(traj_data=case.tracks.pedpy(), measurement_area=area)
    classic = by_frame(table, "density", ours.frames)
    dense = classic > 0.2
    mean_error = abs(ours.density_per_m2[dense].mean() / classic[dense].mean() - 1)
    frame_error = np.abs(ours.density_per_m2 - classic).mean() / classic.max()
    say(f"{name} classic density", pedpy=classic[dense].mean(), mean_error=mean_error, frame_error=frame_error)
    assert mean_error < 0.03
    assert frame_error < 0.06


def test_density_is_near_pedpys_voronoi_density(measured: tuple[str, Case, Series]) -> None:
    name, case, ours = measured
    chosen = ours.frames[:: max(1, len(ours.frames) // 30)]
    x0, y0, x1, y1 = case.walls_m
    x, y = case.tracks.rows[:, 2:].T
    between_walls = (x > x0) & (x < x1) & (y > y0) & (y < y1)
    rows = case.tracks.rows[np.isin(case.tracks.rows[:, 1], chosen) & between_walls]
    polygons = pedpy.compute_individual_voronoi_polygons(
        traj_data=Tracks(case.tracks.rate_hz, rows).pedpy(),
        walkable_area=pedpy.WalkableArea(shapely.box(*case.walls_m)),
        cut_off=pedpy.Cutoff(radius=1.0, quad_segments=3),
    )
    area = pedpy.MeasurementArea(case.corners)
    table, _ = pedpy.compute_voronoi_density(individual_voronoi_data=polygons, measurement_area=area)
    voronoi = by_frame(table, "density", chosen)
    mine = ours.density_per_m2[np.isin(ours.frames, chosen)]
    dense = voronoi > 0.5
    if not dense.any():
        pytest.skip(f"{name}: never above 0.5 per m2, where Voronoi cells say nothing")
    error = abs(mine[dense].mean() / voronoi[dense].mean() - 1)
    say(f"{name} Voronoi density", pedpy=voronoi[dense].mean(), error=error)
    assert error < 0.25


def test_speed_is_pedpys_mean_speed(measured: tuple[str, Case, Series]) -> None:
    name, case, ours = measured
    area = pedpy.MeasurementArea(case.corners)
    table = pedpy.compute_mean_speed_per_frame(
        traj_data=case.tracks.pedpy(), individual_speed=speeds(case.tracks), measurement_area=area
    )
    theirs = by_frame(table, "speed", ours.frames)
    both = np.isfinite(theirs) & np.isfinite(ours.speed_m_s) & (ours.people >= 1)
    weights = ours.people[both]
    mean = float(np.average(theirs[both], weights=weights))
    error = abs(float(np.average(ours.speed_m_s[both], weights=weights)) / mean - 1)
    rms = float(np.sqrt(np.mean((ours.speed_m_s[both] - theirs[both]) ** 2)))
    say(f"{name} speed", pedpy=mean, error=error, rms_m_s=rms)
    assert error < 0.05


def test_who_passes_a_line_is_who_pedpy_counts(measured: tuple[str, Case, Series]) -> None:
    name, case, ours = measured
    line = pedpy.MeasurementLine(case.line_m)
    counted, _crossings = pedpy.compute_n_t(traj_data=case.tracks.pedpy(), measurement_line=line)
    theirs = float(counted["cumulative_pedestrians"].max())
    mine = ours.in_people + ours.out_people if case.two_ways else abs(ours.in_people - ours.out_people)
    error = abs(mine / theirs - 1)
    say(f"{name} flow", pedpy_people=theirs, ours_people=mine, error=error)
    assert error < 0.1
