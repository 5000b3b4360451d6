from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crushwatch.ground import CameraGround, Lattice
from crushwatch.regions.counterflow import counterflow_share
from crushwatch.regions.motion import GreyPair, GroundMotion, OpticalFlow, crowd_motion, flow_picture_size_px
from support.synthetic_camera import SyntheticCamera

LATTICE = Lattice(rows=72, columns=128, origin_px=(0, 0), pitch_px=(10, 10))
CAMERA = SyntheticCamera(height_m=7.0, tilt_deg=35, focal_px=1000)
GROUND = CameraGround.fit(CAMERA.ground(), CAMERA.size_px)
TEXTURE_M, TEXTURE_PX = 40.0, 1600


def carpet(shift_m: tuple[float, float]) -> np.ndarray:
    """The plane of the heads as a carpet of random spots, moved by `shift_m`, seen by the camera; (288, 512)."""
    spots = np.random.default_rng(0).integers(0, 255, (TEXTURE_PX // 8, TEXTURE_PX // 8), dtype=np.uint8)
    texture = cv2.resize(spots, (TEXTURE_PX, TEXTURE_PX), interpolation=cv2.INTER_CUBIC)
    metres_per_px = TEXTURE_M / TEXTURE_PX
    to_metres = np.array(
        [
            [metres_per_px, 0, -TEXTURE_M / 2 + shift_m[0]],
            [0, metres_per_px, shift_m[1] - 5],
            [0, 0, 1],
        ]
    )
    to_picture = np.diag([512 / 1280, 288 / 720, 1]) @ GROUND.head_to_image.matrix @ to_metres
    return cv2.warpPerspective(texture, to_picture, (512, 288), flags=cv2.INTER_AREA)


def velocity_m_s(pair: GreyPair, ground: CameraGround = GROUND) -> np.ndarray:
    return GroundMotion(LATTICE, ground).velocity_m_s(OpticalFlow().displacement(pair, LATTICE))


@pytest.mark.parametrize(
    "true_m_s",
    [(0.0, 0.0), (1.2, 0.0), (0.0, -1.2), (-0.5, 0.8)],
    ids=["standing", "across", "towards-the-camera", "aslant"],
)
def test_a_carpet_of_heads_that_moves_has_its_velocity_in_metres_a_second(true_m_s: tuple[float, float]) -> None:
    step = (true_m_s[0] * 0.1, true_m_s[1] * 0.1)
    pair = GreyPair(before=carpet((0, 0)), now=carpet(step), apart_s=0.1)
    measured = velocity_m_s(pair)
    assert measured.shape == (72, 128, 2)
    near = measured[20:70, 10:118]
    assert np.nanmedian(near.reshape(-1, 2), axis=0) == pytest.approx(true_m_s, abs=0.06)
    motion = crowd_motion(np.ones(near[..., 0].size), near.reshape(-1, 2))
    assert motion is not None
    assert motion.velocity_m_s == pytest.approx(true_m_s, abs=0.08)


def test_above_the_horizon_and_faster_than_anybody_runs_nothing_is_known() -> None:
    level = SyntheticCamera(tilt_deg=8, focal_px=500)
    ground = CameraGround.fit(level.ground(), level.size_px)
    picture = np.random.default_rng(1).integers(0, 255, (288, 512), dtype=np.uint8)
    velocity = velocity_m_s(GreyPair(picture, picture, 0.1), ground)
    assert np.isnan(velocity[0]).all()
    assert velocity[60] == pytest.approx(np.zeros((128, 2)), abs=1e-6)
    hasty = velocity_m_s(GreyPair(carpet((0, 0)), carpet((0.5, 0)), 0.1))
    assert np.isnan(hasty[30:70, 10:100]).mean() > 0.95


def test_large_lattices_get_no_larger_pictures() -> None:
    width, height = flow_picture_size_px(Lattice(rows=270, columns=480, origin_px=(0, 0), pitch_px=(8, 8)))
    assert width * height <= 1.01 * 512 * 288
    assert width / height == pytest.approx(480 / 270, rel=0.01)


vectors = st.tuples(st.floats(-3, 3), st.floats(-3, 3))


@given(st.lists(vectors, min_size=1, max_size=40), st.floats(0, 360))
def test_speed_variance_and_counterflow_do_not_depend_on_how_the_ground_is_turned(
    velocities: list[tuple[float, float]], turn_deg: float
) -> None:
    v = np.array(velocities)
    people = np.ones(len(v))
    turn = np.radians(turn_deg)
    turned = v @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    here, there = crowd_motion(people, v), crowd_motion(people, turned)
    assert here is not None
    assert there is not None
    assert there.speed_m_s == pytest.approx(here.speed_m_s)
    assert there.variance_m2_s2 == pytest.approx(here.variance_m2_s2, abs=1e-9)
    assert here.speed_m_s >= np.hypot(*here.velocity_m_s) - 1e-9


def test_the_mean_is_weighted_by_people_and_passes_over_the_unknown() -> None:
    motion = crowd_motion(np.array([3.0, 1.0, 5.0]), np.array([[1.0, 0.0], [0.0, 1.0], [np.nan, 0.0]]))
    assert motion is not None
    assert motion.velocity_m_s == pytest.approx((0.75, 0.25))
    assert motion.speed_m_s == pytest.approx(1.0)
    assert motion.variance_m2_s2 == pytest.approx(1 - 0.75**2 - 0.25**2)


def test_nobody_has_no_motion() -> None:
    assert crowd_motion(np.array([0.1]), np.array([[1.0, 0.0]])) is None
    assert counterflow_share(np.zeros(3), np.ones((3, 2))) is None


def test_half_and_half_is_full_counterflow_and_crossing_lanes_are_none() -> None:
    ones = np.ones(20)
    opposed = np.array([[1.0, 0.2]] * 10 + [[-1.0, 0.1]] * 10)
    assert counterflow_share(ones, opposed) == pytest.approx(0.5)
    assert counterflow_share(ones, np.abs(opposed)) == 0.0
    crossing = np.array([[1.1, 0.0]] * 10 + [[0.0, 1.0]] * 10)
    assert counterflow_share(ones, crossing) == 0.0
    assert counterflow_share(ones, np.full((20, 2), 0.05)) is None
