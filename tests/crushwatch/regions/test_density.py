from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crushwatch.ground import CameraGround, Lattice
from crushwatch.regions import RegionMeter
from crushwatch.site import Obstacle, Region
from support.synthetic_camera import SyntheticCamera

LATTICE = Lattice(rows=72, columns=128, origin_px=(0, 0), pitch_px=(10, 10))  # 1024 x 576 over 1280 x 720


def splat(heads_px: np.ndarray, lattice: Lattice = LATTICE) -> np.ndarray:
    """One person a head, spread bilinearly over the four nearest cells; independent of the code under test."""
    density = np.zeros((lattice.rows, lattice.columns))
    for x, y in (heads_px - lattice.origin_px) / lattice.pitch_px - 0.5:
        column, row = int(np.floor(x)), int(np.floor(y))
        for i, share_y in ((row, 1 - (y - row)), (row + 1, y - row)):
            for j, share_x in ((column, 1 - (x - column)), (column + 1, x - column)):
                if 0 <= i < lattice.rows and 0 <= j < lattice.columns:
                    density[i, j] += share_x * share_y
    return density


def crowd(random: np.random.Generator, count: int, low: tuple[float, float], high: tuple[float, float]) -> np.ndarray:
    return np.column_stack([random.uniform(low, high, (count, 2)), np.full(count, 1.6)])


CROWDS = 6
"""Over which counts are added: of one alone a far cell of 2 m spills as many people over the edge as chance has it."""


@settings(max_examples=25)
@given(st.floats(15, 60), st.floats(4, 12), st.integers(0, 1000))
def test_true_heads_on_the_ground_give_the_true_density(tilt_deg: float, height_m: float, seed: int) -> None:
    camera = SyntheticCamera(tilt_deg=tilt_deg, height_m=height_m, focal_px=900)
    ground = CameraGround.fit(camera.ground(), camera.size_px)
    near = camera.ground_point_below((640, 640))[1] + 0.5
    left, right, far = -2.0, 2.0, near + 5.0
    region = Region(polygon_m=((left, near), (right, near), (right, far), (left, far)))
    people = crowd(np.random.default_rng(seed), 900 * CROWDS, (left - 2, near - 3), (right + 2, far + 3))
    heads = camera.project(people)
    inside = ((people[:, :2] >= (left, near)) & (people[:, :2] < (right, far))).all(axis=1)
    meter = RegionMeter.on_ground(region, LATTICE, ground)
    measured = meter.measure(splat(heads))
    visible = ((heads[inside] >= 0) & (heads[inside] < camera.size_px)).all(axis=1)
    assert measured.count == pytest.approx(visible.sum(), rel=0.06, abs=3)
    if meter.sight.seen_share > 0.99:
        assert measured.area_m2 == pytest.approx(20.0)
        assert measured.density_per_m2 == pytest.approx(inside.sum() / 20, rel=0.06, abs=0.15)


def test_the_peak_finds_the_packed_corner_that_the_mean_hides() -> None:
    camera, random = SyntheticCamera(height_m=8, tilt_deg=35, focal_px=900), np.random.default_rng(3)
    ground = CameraGround.fit(camera.ground(), camera.size_px)
    region = Region(polygon_m=((-5, 8), (5, 8), (5, 16), (-5, 16)))
    packed = crowd(random, 54, (2, 12), (5, 15))  # 6 per m2 over 9 m2
    measured = RegionMeter.on_ground(region, LATTICE, ground).measure(splat(camera.project(packed)))
    assert measured.density_per_m2 == pytest.approx(54 / 80, rel=0.05)
    assert measured.peak_density_per_m2 == pytest.approx(6.0, rel=0.15)


@pytest.mark.parametrize("beyond_m", [0.0, 0.06, 0.12, 0.18, 0.24])
def test_the_peak_of_people_pressed_against_an_edge_is_the_same_wherever_the_edge_lies(beyond_m: float) -> None:
    camera = SyntheticCamera(height_m=8, tilt_deg=60, focal_px=900)
    ground = CameraGround.fit(camera.ground(), camera.size_px)
    edge = 4.0 + beyond_m
    region = Region(polygon_m=((-2, edge), (2, edge), (2, edge + 4), (-2, edge + 4)))
    xs, ys = np.meshgrid(np.arange(-1.45, 1.5, 0.1), edge + np.arange(0.05, 1.5, 0.1))  # 450 over 4.5 m2, half a window
    pressed = np.column_stack([xs.ravel(), ys.ravel(), np.full(xs.size, 1.6)])
    measured = RegionMeter.on_ground(region, LATTICE, ground).measure(splat(camera.project(pressed)))
    assert measured.peak_density_per_m2 == pytest.approx(100.0, rel=0.07)


def test_people_outside_do_not_count_and_an_empty_region_is_zero() -> None:
    camera = SyntheticCamera()
    ground = CameraGround.fit(camera.ground(), camera.size_px)
    region = Region(polygon_m=((-2, 9), (2, 9), (2, 12), (-2, 12)))
    meter = RegionMeter.on_ground(region, LATTICE, ground)
    outside = crowd(np.random.default_rng(0), 50, (-2, 14), (2, 18))
    assert meter.measure(splat(camera.project(outside))).count == pytest.approx(0, abs=0.3)
    assert meter.measure(np.zeros((72, 128))).peak_density_per_m2 == 0


def test_a_region_half_out_of_sight_says_so_and_divides_by_what_is_seen() -> None:
    camera = SyntheticCamera()
    ground = CameraGround.fit(camera.ground(), camera.size_px)
    edge_x = 10.0 * 640 / camera.focal_px  # about where the right border meets the ground
    region = Region(polygon_m=((edge_x - 2, 9), (edge_x + 4, 9), (edge_x + 4, 11), (edge_x - 2, 11)))
    meter = RegionMeter.on_ground(region, LATTICE, ground)
    assert 0.2 < meter.sight.seen_share < 0.8
    measured = meter.measure(np.zeros((72, 128)))
    assert measured.area_m2 == pytest.approx(12 * meter.sight.seen_share, rel=0.01)


def test_an_uncalibrated_region_has_a_count_and_density_only_from_a_given_area() -> None:
    outline = ((0, 0), (640, 0), (640, 720), (0, 720))
    density = np.full((72, 128), 0.01)
    counted = RegionMeter.in_picture(Region(polygon_px=outline), LATTICE).measure(density)
    assert (counted.density_per_m2, counted.peak_density_per_m2, counted.area_m2) == (None, None, None)
    assert counted.count == pytest.approx(0.01 * 72 * 64, rel=1e-3)
    with_area = RegionMeter.in_picture(Region(polygon_px=outline, area_m2=10), LATTICE).measure(density)
    assert with_area.density_per_m2 == pytest.approx(counted.count / 10)


def test_the_whole_picture_counts_everybody() -> None:
    counted = RegionMeter.whole_picture(LATTICE).measure(np.full((72, 128), 0.01))
    assert counted.count == pytest.approx(0.01 * 72 * 128, rel=1e-3)
    assert counted.density_per_m2 is None


def test_far_heads_are_reported_in_pixels_of_the_networks_input() -> None:
    camera = SyntheticCamera(tilt_deg=15)
    ground = CameraGround.fit(camera.ground(), camera.size_px)
    region = Region(polygon_m=((-2, 9), (2, 9), (2, 60), (-2, 60)))
    left, right = camera.project([(-0.085, 57, 1.6), (0.085, 57, 1.6)])
    expected_px = (right[0] - left[0]) * 8 / 10
    assert RegionMeter.on_ground(region, LATTICE, ground).sight.head_px == pytest.approx(expected_px, rel=0.1)


def test_people_who_are_squeezed_between_obstacles_are_as_dense_as_they_truly_are() -> None:
    """A passage of 2 m between two stalls: over the outline's whole area the crush would look like a queue."""
    camera = SyntheticCamera(tilt_deg=35, height_m=7, focal_px=900)
    ground = CameraGround.fit(camera.ground(), camera.size_px)
    region = Region(polygon_m=((-3, 8), (3, 8), (3, 12), (-3, 12)))
    stalls = [
        Obstacle(polygon_m=((-4, 7), (-1, 7), (-1, 13), (-4, 13))),
        Obstacle(polygon_m=((1, 7), (4, 7), (4, 13), (1, 13))),
    ]
    people = crowd(np.random.default_rng(3), 40, (-0.9, 8.1), (0.9, 11.9))
    heads = splat(camera.project(people))
    without = RegionMeter.on_ground(region, LATTICE, ground).measure(heads)
    squeezed = RegionMeter.on_ground(region, LATTICE, ground, stalls).measure(heads)
    assert (without.area_m2, squeezed.area_m2) == pytest.approx((24.0, 8.0))
    assert squeezed.count == pytest.approx(40, abs=1.0)
    assert squeezed.density_per_m2 == pytest.approx(5.0, rel=0.03)
    assert without.peak_density_per_m2 is not None
    assert squeezed.peak_density_per_m2 is not None
    assert squeezed.peak_density_per_m2 > 1.4 * without.peak_density_per_m2


@pytest.mark.parametrize("width_m", [1.0, 1.4])
def test_a_crush_in_a_passage_narrower_than_half_a_window_is_not_lost(width_m: float) -> None:
    """Half of each window there is stall. Dividing by 4.5 m2 all the same tells it too low, but tells it."""
    camera = SyntheticCamera(tilt_deg=50, height_m=12, focal_px=700)
    ground = CameraGround.fit(camera.ground(), camera.size_px)
    region, half_m = Region(polygon_m=((-5, 5), (5, 5), (5, 17), (-5, 17))), width_m / 2
    stalls = [
        Obstacle(polygon_m=((-5, 8), (-half_m, 8), (-half_m, 17), (-5, 17))),
        Obstacle(polygon_m=((half_m, 8), (5, 8), (5, 17), (half_m, 17))),
    ]
    people = crowd(np.random.default_rng(3), round(7 * width_m * 4), (-half_m, 13), (half_m, 17))
    heads = splat(camera.project(people))
    without = RegionMeter.on_ground(region, LATTICE, ground).measure(heads).peak_density_per_m2
    squeezed = RegionMeter.on_ground(region, LATTICE, ground, stalls).measure(heads).peak_density_per_m2
    assert without is not None
    assert squeezed is not None
    assert squeezed == pytest.approx(7 * width_m * 3 / 4.5, rel=0.2)
    assert squeezed > 1.5 * without


def test_whoever_leans_over_the_wall_in_the_picture_stands_before_it() -> None:
    """The outline goes through the wall: tall and short people fall behind and before it by their heights alone."""
    camera = SyntheticCamera(tilt_deg=15, height_m=5, focal_px=1200)
    ground = CameraGround.fit(camera.ground(), camera.size_px)
    random = np.random.default_rng(4)
    people = crowd(random, 60, (-2, 15.5), (2, 16.0))
    people[:, 2] = 1.6 + random.uniform(-0.1, 0.1, len(people))
    heads = splat(camera.project(people))
    up_to_the_wall = Region(polygon_m=((-2.2, 14), (2.2, 14), (2.2, 16), (-2.2, 16)))
    through_it = Region(polygon_m=((-2.2, 14), (2.2, 14), (2.2, 16.5), (-2.2, 16.5)))
    wall = Obstacle(polygon_m=((-3, 16), (3, 16), (3, 17), (-3, 17)))
    cut = RegionMeter.on_ground(up_to_the_wall, LATTICE, ground).measure(heads)
    whole = RegionMeter.on_ground(through_it, LATTICE, ground, [wall]).measure(heads)
    assert cut.count < 50
    assert whole.count == pytest.approx(60, abs=3)
    assert whole.area_m2 == pytest.approx(cut.area_m2)
