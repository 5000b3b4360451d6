from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crushwatch.regions.flow import Crossing, GateMeter, Turnstile, inward_normal

ROWS, COLUMNS, CELL_M = 40, 40, 0.25
MIDDLES_M = np.stack(np.meshgrid((np.arange(COLUMNS) + 0.5) * CELL_M, (np.arange(ROWS) + 0.5) * CELL_M), axis=2)
SAMPLES_M = MIDDLES_M.reshape(-1, 2)
GATE_M = np.array([[2.0, 5.0], [8.0, 5.0]])


def even_crowd(density_per_m2: float, velocity_m_s: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    people = np.full((ROWS, COLUMNS), density_per_m2 * CELL_M**2)
    return people, np.broadcast_to(np.array(velocity_m_s), (ROWS, COLUMNS, 2))


@settings(deadline=None)
@given(st.floats(0, 6), st.floats(-2, 2), st.floats(-2, 2))
def test_flow_is_density_times_speed_across_the_gate(density: float, vx: float, vy: float) -> None:
    gate = GateMeter(GATE_M, (5.0, 8.0), SAMPLES_M, 1, None)
    crossing = gate.measure(*even_crowd(density, (vx, vy)))
    assert gate.width_m == pytest.approx(6.0)
    assert crossing.in_per_s - crossing.out_per_s == pytest.approx(density * vy * 6.0, rel=1e-6, abs=1e-9)
    assert min(crossing.in_per_s, crossing.out_per_s) == 0.0
    assert crossing.in_per_m_min(gate.width_m) == pytest.approx(60 * density * max(vy, 0), rel=1e-6, abs=1e-9)


def test_in_is_towards_the_region_whichever_way_the_line_was_drawn() -> None:
    people, velocity = even_crowd(2.0, (0.0, 1.0))
    for line in (GATE_M, GATE_M[::-1]):
        assert GateMeter(line, (5.0, 9.0), SAMPLES_M, 1, None).measure(people, velocity).out_per_s == 0.0
        assert GateMeter(line, (5.0, 1.0), SAMPLES_M, 1, None).measure(people, velocity).in_per_s == 0.0


def test_both_ways_at_once_are_told_apart() -> None:
    people, _ = even_crowd(2.0, (0, 0))
    velocity = np.zeros((ROWS, COLUMNS, 2))
    velocity[:, : COLUMNS // 2, 1], velocity[:, COLUMNS // 2 :, 1] = 1.0, -0.5
    crossing = GateMeter(GATE_M, (5.0, 9.0), SAMPLES_M, 1, None).measure(people, velocity)
    assert (crossing.in_per_s, crossing.out_per_s) == pytest.approx((6.0, 3.0))


def test_a_standing_crowd_that_sways_crosses_nothing() -> None:
    people, _ = even_crowd(5.0, (0, 0))
    velocity = np.zeros((ROWS, COLUMNS, 2))
    velocity[:, ::2, 1], velocity[:, 1::2, 1] = 0.06, -0.06
    crossing = GateMeter(GATE_M, (5.0, 9.0), SAMPLES_M, 1, None).measure(people, velocity)
    assert (crossing.in_per_s, crossing.out_per_s) == pytest.approx((0.0, 0.0), abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**31))
def test_what_goes_in_less_what_goes_out_is_the_mean_flux_however_slow(seed: int) -> None:
    people, _ = even_crowd(2.0, (0, 0))
    velocity = np.random.default_rng(seed).normal(0.02, 0.1, (ROWS, COLUMNS, 2))
    crossing = GateMeter(GATE_M, (5.0, 9.0), SAMPLES_M, 1, None).measure(people, velocity)
    in_strip = (abs(MIDDLES_M[..., 1] - 5.0) < 0.75) & (abs(MIDDLES_M[..., 0] - 5.0) < 3.0)
    net = 2.0 * CELL_M**2 * velocity[in_strip, 1].sum() / 1.5
    assert crossing.in_per_s - crossing.out_per_s == pytest.approx(net, abs=1e-9)


def test_unknown_velocity_crosses_nothing() -> None:
    people, _ = even_crowd(2.0, (0, 0))
    crossing = GateMeter(GATE_M, (5, 9), SAMPLES_M, 1, None).measure(people, np.full((ROWS, COLUMNS, 2), np.nan))
    assert crossing == Crossing(0.0, 0.0)


def test_the_running_difference_is_who_came_in_less_who_went_out() -> None:
    turnstile = Turnstile()
    for second in range(11):
        inside = turnstile.add(float(second), Crossing(2.0, 0.5))
    assert inside == pytest.approx(15.0)
    assert turnstile.add(100.0, Crossing(9.0, 0.0)) == pytest.approx(15.0)  # a gap: nobody knows
    assert turnstile.add(3.0, Crossing(9.0, 0.0)) == pytest.approx(15.0)  # the clock was set back


@given(st.floats(-5, 5), st.floats(-5, 5), st.floats(0.1, 6.2), st.floats(0.5, 9))
def test_the_normal_is_a_unit_vector_across_the_line(x: float, y: float, angle: float, length: float) -> None:
    line = np.array([[x, y], [x + length * np.cos(angle), y + length * np.sin(angle)]])
    normal = inward_normal(line, (0.0, 0.0))
    assert np.hypot(*normal) == pytest.approx(1)
    assert normal @ (line[1] - line[0]) == pytest.approx(0, abs=1e-9)
    assert normal @ -line.mean(axis=0) >= -1e-9
