from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crushwatch.regions.compression import divergence
from crushwatch.regions.field import FieldMeter, window_means
from crushwatch.regions.pressure import crowd_pressure
from crushwatch.regions.waves import stop_and_go

OUTLINE_M = np.array([[0.0, 0.0], [8.0, 0.0], [8.0, 8.0], [0.0, 8.0]])
CELL_M = 0.25
MIDDLES_M = np.stack(np.meshgrid(np.arange(-3, 11, CELL_M), np.arange(-3, 11, CELL_M)), axis=2) + CELL_M / 2
SIDE = MIDDLES_M.shape[0]


def meter() -> FieldMeter:
    return FieldMeter(OUTLINE_M, MIDDLES_M.reshape(-1, 2), 1)


def helbing(at_m: np.ndarray, places_m: np.ndarray, velocity: np.ndarray) -> tuple[float, np.ndarray]:
    """Local density and velocity written down from the paper, person by person; R = 1 m."""
    weights = np.exp(-np.square(places_m - at_m).sum(axis=1)) / np.pi
    return float(weights.sum()), weights @ velocity / weights.sum()


def on_cells(places_m: np.ndarray, velocity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    people, steps = np.zeros((SIDE, SIDE)), np.zeros((SIDE, SIDE, 2))
    index = np.floor((places_m + 3) / CELL_M).astype(int)
    for (column, row), v in zip(index, velocity, strict=True):
        steps[row, column] = (steps[row, column] * people[row, column] + v) / (people[row, column] + 1)
        people[row, column] += 1
    return people, steps


def test_local_density_and_velocity_are_those_of_the_paper() -> None:
    random = np.random.default_rng(4)
    places, velocity = random.uniform(-2, 10, (500, 2)), random.normal(0, 0.5, (500, 2))
    field = meter()
    local = field.local(*on_cells(places, velocity))
    centres = field.grid.centres().reshape(*local.density_per_m2.shape, 2)
    for row, column in ((8, 8), (10, 14), (16, 9)):
        density, mean = helbing(centres[row, column], places, velocity)
        assert local.density_per_m2[row, column] == pytest.approx(density, rel=0.05)
        assert local.velocity_m_s[row, column] == pytest.approx(mean, abs=0.06)


@settings(deadline=None)
@given(st.floats(0.5, 7), st.floats(-2, 2), st.floats(-2, 2))
def test_a_crowd_that_moves_as_one_has_no_pressure_and_no_compression(density: float, vx: float, vy: float) -> None:
    people = np.full((SIDE, SIDE), density * CELL_M**2)
    local = meter().local(people, np.broadcast_to(np.array([vx, vy]), (SIDE, SIDE, 2)))
    inside = np.s_[4:-4, 4:-4]
    assert local.density_per_m2[inside] == pytest.approx(np.full(local.density_per_m2[inside].shape, density), rel=0.02)
    pressure = crowd_pressure(np.stack([local.density_per_m2] * 4), np.stack([local.velocity_m_s] * 4))
    assert np.nanmax(pressure) == pytest.approx(0, abs=1e-9)
    assert divergence(local.velocity_m_s, 0.5)[inside] == pytest.approx(0, abs=1e-6)


def test_pressure_is_density_times_the_variance_over_time() -> None:
    density = np.full((2, 3, 3), 5.0)
    velocity = np.zeros((2, 3, 3, 2))
    velocity[0, ..., 0], velocity[1, ..., 0] = 0.1, -0.1
    assert crowd_pressure(density, velocity) == pytest.approx(np.full((3, 3), 5.0 * 0.01))


def test_one_moment_gives_no_pressure() -> None:
    velocity = np.full((3, 2, 2, 2), np.nan)
    velocity[0] = 0.3
    assert np.isnan(crowd_pressure(np.ones((3, 2, 2)), velocity)).all()


def test_people_who_stream_together_are_compressed() -> None:
    grid = np.stack(np.meshgrid(np.arange(20) * 0.5, np.arange(16) * 0.5), axis=2)
    together = -0.1 * (grid - grid.mean(axis=(0, 1)))
    field = divergence(together, 0.5)
    assert np.isnan(field[0]).all()
    assert field[1:-1, 1:-1] == pytest.approx(-0.2)
    assert window_means(field, np.ones(field.shape), 0.5) == pytest.approx(-0.2)


def test_means_over_windows_leave_out_what_is_unknown_or_outside() -> None:
    values = np.full((20, 20), np.nan)
    assert len(window_means(values, np.ones((20, 20)), 0.5)) == 0
    values[:, :10] = 1.0
    assert window_means(values, np.ones((20, 20)), 0.5) == pytest.approx(1.0)
    assert len(window_means(np.ones((20, 20)), np.zeros((20, 20)), 0.5)) == 0


@pytest.mark.parametrize("period_s", [6.0, 12.0, 30.0])
def test_a_stop_and_go_wave_has_its_period_and_amplitude(period_s: float) -> None:
    times = np.arange(0, 120, 0.5) + np.random.default_rng(0).uniform(-0.1, 0.1, 240)
    wave = stop_and_go(times, 0.4 + 0.001 * times + 0.25 * np.sin(2 * np.pi * times / period_s))
    assert wave is not None
    assert wave.period_s == pytest.approx(period_s, rel=0.1)
    assert wave.amplitude_m_s == pytest.approx(0.25, rel=0.15)
    assert wave.share > 0.9


def test_noise_is_no_wave_and_a_minute_is_needed() -> None:
    times = np.arange(0, 120, 0.5)
    noise = stop_and_go(times, np.random.default_rng(1).normal(0.5, 0.1, 240))
    assert noise is not None
    assert noise.share < 0.3
    assert stop_and_go(times[:100], np.sin(times[:100])) is None
    assert stop_and_go(times, np.full(240, 0.5)) is None
