from __future__ import annotations

import numpy as np
import pytest

from crushwatch.ground import CameraGround, Lattice
from crushwatch.regions.movement import Movement, MovementMeter
from crushwatch.site import Gate, Region
from support.synthetic_camera import SyntheticCamera

LATTICE = Lattice(rows=72, columns=128, origin_px=(0, 0), pitch_px=(10, 10))
CAMERA = SyntheticCamera(height_m=8, tilt_deg=35, focal_px=900)
GROUND = CameraGround.fit(CAMERA.ground(), CAMERA.size_px)
REGION = Region(polygon_m=((-4, 8), (4, 8), (4, 15), (-4, 15)))
GATE = Gate(into="front", line_m=((-4, 8), (4, 8)))
PLACES_M = GROUND.image_to_head.apply(LATTICE.samples(1)).reshape(72, 128, 2)


def meter() -> MovementMeter:
    return MovementMeter(REGION, {"south": GATE}, LATTICE, GROUND)


def even_crowd(density_per_m2: float) -> np.ndarray:
    """Each cell holds the people who stand on the ground below it: its area there times the density."""
    across = np.linalg.norm(np.gradient(PLACES_M[..., 0], axis=1)[..., None], axis=2)
    along = np.abs(np.gradient(PLACES_M[..., 1], axis=0))
    return np.nan_to_num(density_per_m2 * across * along)


def walking(vx: float, vy: float) -> np.ndarray:
    return np.broadcast_to(np.array([vx, vy], dtype=np.float32), (72, 128, 2))


def figures(found: Movement | None) -> Movement:
    assert found is not None
    return found


def test_a_crowd_that_walks_in_has_speed_heading_and_flow() -> None:
    region = meter()
    for step in range(30):
        region.add(step * 0.5, even_crowd(2.0), walking(0.0, 0.5))
    found = figures(region.figures(14.5, 4.0))
    assert found.motion is not None
    assert found.motion.speed_m_s == pytest.approx(0.5)
    assert found.motion.heading_deg == pytest.approx(90)
    assert found.counterflow_share == 0.0
    south = found.gates["south"]
    assert south.in_per_m_min == pytest.approx(60 * 2.0 * 0.5, rel=0.1)
    assert south.out_per_m_min == 0.0
    assert south.net_people == pytest.approx(2.0 * 0.5 * 8 * 14.5, rel=0.1)
    assert found.pressure_per_s2 == pytest.approx(0, abs=1e-6)
    assert found.divergence_per_s == pytest.approx(0, abs=1e-3)


def test_a_crowd_that_sways_has_pressure() -> None:
    region = meter()
    for step in range(30):
        region.add(step * 0.5, even_crowd(5.0), walking(0.15 * (-1) ** (step // 2), 0.0))
    found = figures(region.figures(14.5, 4.0))
    assert found.pressure_per_s2 == pytest.approx(5.0 * 0.15**2, rel=0.25)


def test_a_crowd_that_streams_together_is_compressed() -> None:
    region, middle = meter(), np.array([0.0, 11.5])
    together = (-0.15 * (PLACES_M - middle)).astype(np.float32)
    for step in range(16):
        region.add(step * 0.5, even_crowd(4.0), np.where(np.isfinite(PLACES_M), together, np.nan))
    assert figures(region.figures(7.5, 4.0)).divergence_per_s == pytest.approx(-0.3, rel=0.15)


def test_pressure_needs_some_seconds_and_a_wave_a_minute() -> None:
    region = meter()
    region.add(0.0, even_crowd(4.0), walking(0.1, 0))
    found = figures(region.figures(0.0, 4.0))
    assert (found.pressure_per_s2, found.divergence_per_s, found.wave) == (None, None, None)
    for step in range(240):
        region.add(step * 0.5, even_crowd(4.0), walking(0.3 + 0.2 * np.sin(2 * np.pi * step / 30), 0))
    wave = figures(region.figures(119.5, 4.0)).wave
    assert wave is not None
    assert wave.period_s == pytest.approx(15, rel=0.1)


def test_an_empty_region_has_no_motion_and_its_gates_no_flow() -> None:
    region = meter()
    region.add(0.0, np.zeros((72, 128)), walking(0.5, 0))
    found = figures(region.figures(0.0, 4.0))
    assert found.motion is None
    assert found.gates["south"].in_per_m_min == 0.0


def test_old_motion_is_no_motion_and_a_clock_set_back_begins_anew() -> None:
    region = meter()
    assert region.figures(0.0, 4.0) is None
    for step in range(20):
        region.add(100 + step * 0.5, even_crowd(2.0), walking(0.5, 0))
    assert region.figures(115.0, 4.0) is None
    region.add(3.0, even_crowd(2.0), walking(0.0, 0.7))
    found = figures(region.figures(3.0, 4.0))
    assert found.motion is not None
    assert found.motion.speed_m_s == pytest.approx(0.7)
    assert found.pressure_per_s2 is None
