"""The optical flow on drawn pictures against the true velocities. Figures of one run stand in docs/measurement.md."""

from __future__ import annotations

import time

import numpy as np
import pytest

from crushwatch.ground import CameraGround
from crushwatch.regions.motion import GroundMotion, OpticalFlow, crowd_motion
from crushwatch.simulate import SimulatedFrame, open_scenario
from workers.batch.letterbox import Letterbox
from workers.batch.motion import MotionMeter
from workers.capture.picture import ArrayPicture
from workers.capture.source import Earlier, Frame
from workers.replay.run import START
from workers.replay.truth import splat

pytestmark = pytest.mark.science
FARTHEST_M = 20.0


def speeds(scenario: str, times_s: tuple[float, ...], apart_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Measured and true mean speed of the people nearer than FARTHEST_M, picture by picture."""
    opened = open_scenario(scenario)
    camera = opened.camera()
    assert camera.ground is not None
    ground = CameraGround.fit(camera.ground, opened.size_px)
    box = Letterbox.fit(opened.size_px, camera.engine_shape)
    lattice = box.lattice(opened.size_px)
    to_ground = GroundMotion(lattice, ground)
    found = []
    for time_s in times_s:
        before, now = opened.frame(time_s - apart_s), opened.frame(time_s)
        picture = ArrayPicture(now.image)
        frame = Frame("c", picture, START, time_s, 0, earlier=Earlier(ArrayPicture(before.image), apart_s))
        displacement = MotionMeter().measure(frame, box, box.image(picture))
        assert displacement is not None
        near = now.feet_m[:, 1] < FARTHEST_M
        people = splat(now.heads_px[near], lattice).reshape(-1)
        motion = crowd_motion(people, to_ground.velocity_m_s(displacement).reshape(-1, 2))
        assert motion is not None
        found.append((motion.speed_m_s, true_speed(now, near)))
    measured, true = np.array(found).T
    return measured, true


def true_speed(frame: SimulatedFrame, near: np.ndarray) -> float:
    return float(np.hypot(*frame.velocities_m_s[near].T).mean())


@pytest.mark.parametrize(
    ("scenario", "times_s", "apart_s", "within"),
    [
        ("rush", (50.0, 65.0, 80.0, 140.0), 0.1, 0.15),
        ("rush", (50.0, 65.0, 80.0, 140.0), 0.2, 0.15),
        ("calm", (20.0, 50.0, 80.0), 0.1, 0.25),
        ("alley", (40.0, 90.0), 0.1, 0.25),
    ],
    ids=["dense-0.1s", "dense-0.2s", "single-walkers-0.1s", "two-way-alley-0.1s"],
)
def test_the_mean_speed_of_a_drawn_crowd_is_its_true_one(
    scenario: str, times_s: tuple[float, ...], apart_s: float, within: float
) -> None:
    measured, true = speeds(scenario, times_s, apart_s)
    error = measured.mean() / true.mean() - 1
    print(scenario, apart_s, {"true": round(true.mean(), 3), "measured": round(measured.mean(), 3)}, round(error, 3))
    assert abs(error) < within


def test_a_pair_of_720p_pictures_costs_some_milliseconds_of_one_core() -> None:
    opened = open_scenario("gate")
    box = Letterbox.fit((1280, 720), (1024, 576))
    before, now = ArrayPicture(opened.frame(79.9).image), ArrayPicture(opened.frame(80.0).image)
    frame = Frame("c", now, START, 80.0, 0, earlier=Earlier(before, 0.1))
    image, flow = box.image(now), OpticalFlow()
    took_s = []
    for _ in range(15):
        meter = MotionMeter()
        meter._flow = flow
        started_s = time.thread_time()
        meter.measure(frame, box, image)
        took_s.append(time.thread_time() - started_s)
    print("ms a pair", round(1000 * float(np.median(took_s)), 2))
    assert min(took_s) < 0.016  # 6.6 to 8.3 ms where it was measured: twice that is a fault, not another processor
