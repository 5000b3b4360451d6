from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crushwatch.errors import GroundError
from crushwatch.ground import CameraGround, fit_homography, ground_faults
from crushwatch.site import Camera, Gate, Ground, GroundPoint, Obstacle, Region, Site, parse_site
from support.synthetic_camera import SyntheticCamera

cameras = st.builds(
    SyntheticCamera,
    height_m=st.floats(2.5, 30),
    tilt_deg=st.floats(15, 75),
    focal_px=st.floats(500, 3000),
    roll_deg=st.floats(-10, 10),
)


def people_around(camera: SyntheticCamera, height_m: float) -> np.ndarray:
    feet = camera.square_in_view(2.0)
    return np.column_stack([feet, np.full(len(feet), height_m)])


@given(cameras)
def test_ground_points_map_to_where_the_camera_sees_them_and_back(camera: SyntheticCamera) -> None:
    ground = CameraGround.fit(camera.ground(), camera.size_px)
    feet = people_around(camera, 0.0)
    pixels = ground.ground_to_image.apply(feet[:, :2])
    assert pixels == pytest.approx(camera.project(feet), abs=1e-3)
    assert ground.image_to_ground.apply(pixels) == pytest.approx(feet[:, :2], abs=1e-6 * camera.height_m)


@given(cameras)
def test_heads_map_to_the_feet_below_them(camera: SyntheticCamera) -> None:
    ground = CameraGround.fit(camera.ground(), camera.size_px)
    heads = people_around(camera, 1.6)
    assert ground.image_to_head.apply(camera.project(heads)) == pytest.approx(heads[:, :2], abs=0.01)


@given(cameras)
def test_the_camera_is_recovered_from_four_points(camera: SyntheticCamera) -> None:
    pose = CameraGround.fit(camera.ground(), camera.size_px).pose
    assert pose.focal_px == pytest.approx(camera.focal_px, rel=1e-3)
    assert pose.height_m == pytest.approx(camera.height_m, rel=1e-3)
    assert pose.tilt_deg == pytest.approx(camera.tilt_deg, abs=0.05)
    assert pose.position_m == pytest.approx((0, 0), abs=0.02 * camera.height_m)


@given(cameras, st.sampled_from([(1, -1), (-1, 1), (-1, -1)]), st.floats(0, 360))
def test_any_flat_frame_of_metres_will_do_left_handed_ones_too(
    camera: SyntheticCamera, flip: tuple[int, int], turn_deg: float
) -> None:
    turn = np.radians(turn_deg)
    frame = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) * flip
    seen = camera.ground()
    moved = Ground(points=tuple(GroundPoint(px=p.px, m=tuple(frame @ np.array(p.m) + [100, -50])) for p in seen.points))
    ground = CameraGround.fit(moved, camera.size_px)
    heads = people_around(camera, 1.6)
    expected = heads[:, :2] @ frame.T + [100, -50]
    assert ground.image_to_head.apply(camera.project(heads)) == pytest.approx(expected, abs=0.02)


def test_four_points_give_no_error_for_any_four_are_met_exactly() -> None:
    camera = SyntheticCamera()
    ground = camera.ground()
    fifth = camera.ground([*camera.square_in_view(), camera.square_in_view().mean(axis=0)])
    x, y = fifth.points[4].px
    wrong = fifth.points[4].model_copy(update={"px": (x + 20, y)})
    again = (*ground.points, ground.points[0])
    errors_px = [
        CameraGround.fit(ground.model_copy(update={"points": points}), camera.size_px).reprojection_error_px
        for points in (ground.points, again, fifth.points, (*ground.points, wrong))
    ]
    assert errors_px[:2] == [None, None]
    assert errors_px[2] == pytest.approx(0, abs=1e-3)
    assert errors_px[3] is not None
    assert errors_px[3] > 1


def test_the_grounds_own_homography_would_put_heads_metres_too_far_away() -> None:
    camera = SyntheticCamera(height_m=6, tilt_deg=20)
    ground = CameraGround.fit(camera.ground(), camera.size_px)
    head = people_around(camera, 1.6)[:1]
    wrong = ground.image_to_ground.apply(camera.project(head))
    assert np.linalg.norm(wrong - head[:, :2]) > 4


def test_the_fit_agrees_with_opencv() -> None:
    camera = SyntheticCamera()
    metres = camera.square_in_view()
    pixels = camera.project(np.column_stack([metres, np.zeros(4)]))
    ours, error_px = fit_homography(metres, pixels)
    theirs = cv2.getPerspectiveTransform(metres.astype(np.float32), pixels.astype(np.float32))
    assert ours.matrix / ours.matrix[2, 2] == pytest.approx(theirs / theirs[2, 2], rel=1e-3, abs=1e-4)
    assert error_px < 1e-4


def test_many_points_with_one_gross_mistake_still_give_the_plane() -> None:
    camera, random = SyntheticCamera(), np.random.default_rng(1)
    metres = camera.square_in_view(6.0).mean(axis=0) + random.uniform(-3, 3, (12, 2))
    pixels = camera.project(np.column_stack([metres, np.zeros(12)])) + random.normal(0, 0.3, (12, 2))
    pixels[5] += [120, -80]
    homography, error_px = fit_homography(metres, pixels)
    good = np.delete(np.arange(12), 5)
    assert homography.apply(metres[good]) == pytest.approx(pixels[good], abs=3)
    assert error_px > 30  # the mistake is reported, not hidden


def test_pixels_above_the_horizon_have_no_place_on_the_ground() -> None:
    camera = SyntheticCamera(tilt_deg=15, focal_px=800)
    ground = CameraGround.fit(camera.ground(), camera.size_px)
    assert np.isnan(ground.image_to_ground.apply([(640, 0)])).all()
    assert np.isfinite(ground.image_to_ground.apply([(640, 700)])).all()


def test_a_camera_looking_straight_down_is_taken() -> None:
    points = tuple(
        GroundPoint(px=(640 + 100 * x, 360 + 100 * y), m=(x, y)) for x, y in ((-2, -2), (2, -2), (2, 2), (-2, 2))
    )
    ground = CameraGround.fit(Ground(points=points), (1280, 720))
    assert ground.pose.tilt_deg == pytest.approx(90, abs=0.1)
    assert ground.image_to_ground.apply([(740, 360)]) == pytest.approx(np.array([[1, 0]]), abs=1e-6)


@pytest.mark.parametrize(
    ("metres", "pixels"),
    [
        pytest.param(
            [(0, 0), (1, 0), (2, 0), (3, 0)], [(0, 0), (9, 1), (20, 0), (30, 5)], id="collinear-on-the-ground"
        ),
        pytest.param([(0, 0), (4, 0), (4, 4), (0, 4)], [(0, 0), (9, 9), (20, 20), (30, 30)], id="collinear-in-picture"),
        pytest.param([(0, 0), (4, 0), (4, 4)], [(0, 9), (9, 0), (20, 20)], id="three"),
        pytest.param([(1, 1)] * 4, [(0, 0), (9, 0), (9, 9), (0, 9)], id="all-the-same"),
    ],
)
def test_points_that_span_no_plane_are_refused(metres: list[tuple[int, int]], pixels: list[tuple[int, int]]) -> None:
    with pytest.raises(GroundError):
        fit_homography(metres, pixels)


def test_corners_named_in_the_wrong_order_are_refused_not_computed() -> None:
    camera = SyntheticCamera()
    seen = camera.ground()
    a, b, c, d = seen.points
    swapped = (a, GroundPoint(px=c.px, m=b.m), GroundPoint(px=b.px, m=c.m), d)
    with pytest.raises(GroundError):
        CameraGround.fit(Ground(points=swapped), camera.size_px)


def test_a_region_beyond_the_horizon_is_reported_by_name() -> None:
    camera = SyntheticCamera(tilt_deg=15, focal_px=800)
    points = "\n".join(f"        - {{px: {list(p.px)}, m: {list(p.m)}}}" for p in camera.ground().points)
    site = parse_site(
        f"""
id: s
cameras:
  gate:
    source: sim:gate
    picture_size_px: [1280, 720]
    ground:
      points:
{points}
    regions:
      sky: {{polygon_px: [[0, 0], [1280, 0], [640, 700]]}}
      floor: {{polygon_px: [[300, 500], [900, 500], [900, 700], [300, 700]]}}
"""
    )
    assert [finding.part for finding in ground_faults(site)] == [("cameras", "gate", "regions", "sky")]
    assert ground_faults(site)[0].text.startswith("polygon_px[0] lies above the horizon: no ground is there")
    assert ground_faults(site)[0].shows_at == ("polygon_px", 0)


def test_a_gate_is_a_line_on_the_ground_however_it_was_drawn() -> None:
    camera = SyntheticCamera()
    ground = CameraGround.fit(camera.ground(), camera.size_px)
    ends_m = np.array([[-1.0, 9.0], [2.0, 9.5]])
    left, right = camera.project(np.column_stack([ends_m, np.zeros(2)]))
    assert ground.line_m(Gate(into="front", line_m=((-1, 9), (2, 9.5)))) == pytest.approx(ends_m)
    assert ground.line_m(Gate(into="front", line_px=(tuple(left), tuple(right)))) == pytest.approx(ends_m, abs=1e-6)


def test_a_gate_above_the_horizon_is_refused() -> None:
    camera = SyntheticCamera(tilt_deg=15, focal_px=800)
    ground = CameraGround.fit(camera.ground(), camera.size_px)
    with pytest.raises(GroundError, match="above the horizon"):
        ground.line_m(Gate(into="front", line_px=((640, 0), (640, 700))))


def test_the_part_of_a_region_behind_the_camera_is_cut_from_its_outline() -> None:
    camera = SyntheticCamera()
    ground = CameraGround.fit(camera.ground(), camera.size_px)
    outline = ground.outline_px(Region(polygon_m=((-3, -20), (3, -20), (3, 12), (-3, 12))))
    assert np.isfinite(outline).all()
    with pytest.raises(GroundError, match="behind the camera"):
        ground.outline_px(Region(polygon_m=((-3, -30), (3, -30), (3, -20), (-3, -20))))


def test_a_metre_across_the_view_has_as_many_pixels_as_the_camera_says() -> None:
    camera = SyntheticCamera()
    ground = CameraGround.fit(camera.ground(), camera.size_px)
    left, right = camera.project([(-0.5, 10, 1.6), (0.5, 10, 1.6)])
    assert ground.pixels_per_metre(np.array([[0.0, 10.0]])) == pytest.approx([right[0] - left[0]], rel=1e-3)


def test_a_region_that_reaches_almost_to_the_horizon_is_reported_before_it_is_watched() -> None:
    camera = SyntheticCamera(tilt_deg=15, focal_px=800)
    region = Region(polygon_m=((-400, 10), (400, 10), (400, 30_000), (-400, 30_000)))
    watched = Camera.model_validate(
        {"source": "sim:gate", "picture_size_px": camera.size_px, "ground": camera.ground(), "regions": {"far": region}}
    )
    site = Site.model_validate({"id": "s", "cameras": {"gate": watched}})
    (fault,) = ground_faults(site)
    assert "too large to be seen by one camera" in fault.text


def with_obstacles(camera: SyntheticCamera, obstacles: dict[str, Obstacle]) -> Site:
    watched = Camera(
        source="sim:gate",  # type: ignore[arg-type]  # as a file has it
        picture_size_px=camera.size_px,
        ground=camera.ground(),
        regions={"front": Region(polygon_m=((-2, 8), (2, 8), (2, 12), (-2, 12)))},
        obstacles=obstacles,
    )
    return Site.model_validate({"id": "s", "cameras": {"gate": watched}})


def test_obstacles_that_leave_nothing_to_stand_on_are_reported() -> None:
    low = Obstacle(polygon_m=((-3, 7), (3, 7), (3, 10), (-3, 10)))
    high = Obstacle(polygon_m=((-3, 10), (3, 10), (3, 13), (-3, 13)))
    assert ground_faults(with_obstacles(SyntheticCamera(), {"low": low})) == []
    (fault,) = ground_faults(with_obstacles(SyntheticCamera(), {"low": low, "high": high}))
    assert fault.part == ("cameras", "gate", "regions", "front")
    assert fault.text.startswith("obstacles cover it whole: nobody can stand in it")


def test_an_obstacle_above_the_horizon_is_reported() -> None:
    sky = Obstacle(polygon_px=((600, 0), (700, 0), (650, 700)))
    (fault,) = ground_faults(with_obstacles(SyntheticCamera(tilt_deg=15, focal_px=800), {"sky": sky}))
    assert fault.part == ("cameras", "gate", "obstacles", "sky")
    assert fault.text.startswith("polygon_px[0] lies above the horizon: no ground is there")
