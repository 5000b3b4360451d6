from __future__ import annotations

import time

import numpy as np
import pytest
from shapely.geometry import Polygon

from crushwatch.errors import SourceError
from crushwatch.ground import CameraGround
from crushwatch.ground.polygon import contains
from crushwatch.simulate import Scenario, open_scenario, scenario_names
from crushwatch.simulate.build import FIGURE_HEIGHT_M, HEAD_CENTRE_M
from crushwatch.simulate.pinhole import Points

pytestmark = pytest.mark.timeout(300)

PEOPLED = tuple(name for name in scenario_names() if name != "empty")


@pytest.fixture(scope="module")
def gate() -> Scenario:
    return open_scenario("gate")


@pytest.fixture(scope="module")
def calm() -> Scenario:
    return open_scenario("calm")


BEFORE_THE_GATE = np.array([(-2.6, 7.7), (2.6, 7.7), (2.6, 12.3), (-2.6, 12.3)])
"""Where the hall is packed, off its walls and its first row."""


def region_density(scenario: Scenario, time_s: float) -> float:
    """True people per m2 of the scenario's first region, from the trajectories, without drawing."""
    (region, *_) = scenario.camera().regions.values()
    return density_in(np.array(region.polygon_m), scenario, time_s)


def density_in(outline_m: Points, scenario: Scenario, time_s: float) -> float:
    """True people per m2 inside an outline."""
    return float(contains(outline_m, scenario.crowd_at(time_s).placed.feet_m).sum() / Polygon(outline_m).area)


def test_an_unknown_scenario_is_refused_with_the_names_of_those_there_are() -> None:
    with pytest.raises(SourceError, match=r"sim:gat: .*calm") as refused:
        open_scenario("gat")
    assert all(name in str(refused.value) for name in scenario_names())


def test_a_frame_depends_on_its_time_alone(calm: Scenario) -> None:
    other = open_scenario("calm")
    other.frame(3.0)
    other.frame(57.3)
    first, second = calm.frame(12.3), other.frame(12.3)
    assert np.array_equal(first.image, second.image)
    assert np.array_equal(first.heads_px, second.heads_px)


def test_a_frame_has_the_shape_and_kinds_that_it_says(calm: Scenario) -> None:
    frame = calm.frame(5.0)
    people = len(frame.ids)
    assert frame.image.shape == (720, 1280, 3)
    assert frame.image.dtype == np.uint8
    assert people > 10
    assert frame.heads_px.shape == frame.feet_m.shape == frame.velocities_m_s.shape == (people, 2)
    assert len(set(frame.ids.tolist())) == people


@pytest.mark.parametrize("size_px", [(640, 360), (1024, 768)], ids=["small", "four to three"])
def test_a_scenario_is_drawn_at_the_size_asked_for(size_px: tuple[int, int]) -> None:
    scenario = open_scenario("calm", size_px)
    frame = scenario.frame(0.0)
    assert frame.image.shape == (size_px[1], size_px[0], 3)
    assert scenario.camera().picture_size_px == size_px
    assert ((frame.heads_px >= 0) & (frame.heads_px < size_px)).all()


def test_time_runs_in_a_circle(calm: Scenario) -> None:
    assert np.array_equal(calm.frame(7.0).image, calm.frame(7.0 + calm.duration_s).image)


@pytest.mark.parametrize("name", scenario_names())
def test_nobody_jumps_or_appears_in_sight_at_the_seam_of_the_cycle(name: str) -> None:
    scenario = open_scenario(name)
    step_s = 1 / scenario.frame_rate_hz
    last, first = (scenario.crowd_at(time_s) for time_s in (scenario.duration_s - step_s, 0.0))
    both, in_last, in_first = np.intersect1d(last.ids, first.ids, return_indices=True)
    moved = np.hypot(*(last.placed.feet_m[in_last] - first.placed.feet_m[in_first]).T)
    assert len(both) >= len(last.ids) - 2
    assert moved.max(initial=0.0) < 0.35


@pytest.mark.parametrize("name", scenario_names())
def test_people_walk_no_faster_than_people_do(name: str) -> None:
    scenario = open_scenario(name)
    for time_s in np.arange(0, scenario.duration_s, 7.0):
        speed = np.hypot(*scenario.crowd_at(time_s).velocities_m_s.T)
        assert speed.max(initial=0.0) < 2.6


def test_heads_stand_where_the_camera_sees_the_feet_raised_by_a_persons_height(calm: Scenario) -> None:
    frame = calm.frame(20.0)
    heights_m = calm.heights_m[frame.ids] * HEAD_CENTRE_M / FIGURE_HEIGHT_M
    expected = calm.pinhole.project(np.column_stack([frame.feet_m, heights_m]))
    assert np.abs(expected - frame.heads_px).max() < 1e-6


@pytest.mark.parametrize("name", scenario_names())
def test_the_site_camera_leads_from_the_picture_back_to_the_feet_within_a_centimetre(name: str) -> None:
    scenario = open_scenario(name)
    camera = scenario.camera()
    assert camera.source.reveal() == f"sim:{name}"
    assert camera.ground is not None
    ground = CameraGround.fit(camera.ground, scenario.size_px)
    feet_m = scenario.crowd_at(scenario.duration_s / 3).placed.feet_m
    feet_px = scenario.pinhole.project(np.column_stack([feet_m, np.zeros(len(feet_m))]))
    seen = ((feet_px >= 0) & (feet_px < scenario.size_px)).all(axis=1)
    assert np.abs(ground.image_to_ground.apply(feet_px[seen]) - feet_m[seen]).max(initial=0.0) < 0.01


@pytest.mark.parametrize("name", PEOPLED)
def test_the_site_cameras_head_plane_leads_heads_to_feet_within_a_step(name: str) -> None:
    scenario = open_scenario(name)
    camera = scenario.camera()
    assert camera.ground is not None
    ground = CameraGround.fit(camera.ground, scenario.size_px)
    crowd = scenario.crowd_at(scenario.duration_s / 3)
    heads_px = scenario.pinhole.project(scenario.heads_m(crowd))
    seen = ((heads_px >= 0) & (heads_px < scenario.size_px)).all(axis=1)
    apart_m = np.hypot(*(ground.image_to_head.apply(heads_px[seen]) - crowd.placed.feet_m[seen]).T)
    assert np.median(apart_m) < 0.25


def test_the_gate_fills_over_minutes_from_below_1_to_above_6_per_m2_and_drains_again(gate: Scenario) -> None:
    times_s = np.arange(0, gate.duration_s, 1.0)
    density = np.array([density_in(BEFORE_THE_GATE, gate, time_s) for time_s in times_s])
    print(
        "gate, people per m2:", " ".join(f"{t:.0f}s:{d:.1f}" for t, d in zip(times_s[::10], density[::10], strict=True))
    )
    first_above_6 = times_s[np.argmax(density > 6)]
    last_below_1 = times_s[(density < 1) & (times_s < first_above_6)].max()
    assert density[0] < 1
    assert 180 <= first_above_6 - last_below_1 <= 300
    assert (density > 5).sum() >= 60, "it stays above 5 long enough for an alert with its dwell"
    assert density.max() < 9
    quiet_s = gate.duration_s - times_s[np.flatnonzero(density > 1.5).max()] + times_s[np.argmax(density > 1.5)]
    assert quiet_s > 75, "it stays quiet long enough for the alert to clear"


def test_a_rush_fills_the_same_gate_in_less_than_a_minute() -> None:
    rush = open_scenario("rush")
    times_s = np.arange(0, rush.duration_s, 1.0)
    density = np.array([density_in(BEFORE_THE_GATE, rush, time_s) for time_s in times_s])
    assert 40 <= np.argmax(density > 6) - np.argmax(density > 1) <= 60


def test_scenarios_are_named_by_their_course() -> None:
    assert scenario_names("calm") == ("calm", "empty", "rain", "calm-night", "calm-concert")
    assert scenario_names("crush") == ("gate", "alley", "night")
    assert scenario_names("sudden") == ("rush", "concert", "evacuation")


def test_the_calm_concourse_has_walkers_and_stays_well_below_1_per_m2(calm: Scenario) -> None:
    density = [region_density(calm, time_s) for time_s in np.arange(0, calm.duration_s, 2.0)]
    assert 0.05 < min(density) <= max(density) < 0.6


@pytest.mark.parametrize("name", ["calm-night", "calm-concert"])
def test_a_calm_crowd_that_stands_is_a_crowd_and_stays_below_every_level(name: str) -> None:
    scenario = open_scenario(name)
    density = [region_density(scenario, time_s) for time_s in np.arange(0, scenario.duration_s, 5.0)]
    assert 0.7 < min(density) <= max(density) < 1.3


def test_standing_people_are_not_frozen(gate: Scenario) -> None:
    before, after = gate.crowd_at(300.0), gate.crowd_at(301.0)
    both, first, second = np.intersect1d(before.ids, after.ids, return_indices=True)
    moved = np.hypot(*(before.placed.feet_m[first] - after.placed.feet_m[second]).T)
    assert len(both) > 250
    assert (moved > 0.002).mean() > 0.8


def test_a_crowded_frame_says_how_long_it_takes_to_draw(gate: Scenario) -> None:
    for time_s in np.arange(300.0, 300.3, 0.1):
        gate.frame(time_s)
    started = time.process_time()
    frames = [gate.frame(time_s) for time_s in np.arange(300.3, 300.9, 0.1)]
    each_ms = (time.process_time() - started) / len(frames) * 1000
    people = len(frames[-1].ids)
    print(f"gate: {people} people at 1280x720 in {each_ms:.0f} ms of one core")
    assert people > 250
    assert each_ms < 500


def test_an_empty_scenario_has_a_picture_and_nobody_in_it() -> None:
    frame = open_scenario("empty", (320, 180)).frame(5.0)
    assert frame.image.std() > 3
    assert frame.heads_px.shape == frame.feet_m.shape == frame.velocities_m_s.shape == (0, 2)
