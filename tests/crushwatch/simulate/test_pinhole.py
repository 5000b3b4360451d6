from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from crushwatch.simulate.pinhole import Pinhole

cameras = st.builds(
    Pinhole,
    height_m=st.floats(3, 15),
    tilt_rad=st.floats(0.2, 1.4),
    focal_px=st.floats(400, 3000),
    size_px=st.just((1280, 720)),
)


def seen_ground(camera: Pinhole) -> np.ndarray:
    """Points of the ground below the picture's middle: always before the camera."""
    x, y = np.meshgrid(np.linspace(0, 1280, 5), np.linspace(380, 720, 5))
    return camera.on_plane(np.column_stack([x.ravel(), y.ravel()]))


@given(camera=cameras, z_m=st.floats(0, 2))
def test_a_pixels_ray_meets_a_plane_where_the_camera_sees_that_pixel(camera: Pinhole, z_m: float) -> None:
    pixels = np.column_stack([np.linspace(0, 1280, 7), np.linspace(370, 720, 7)])
    on_plane = camera.on_plane(pixels, z_m)
    back = camera.project(np.column_stack([on_plane, np.full(len(pixels), z_m)]))
    assert np.abs(back - pixels).max() < 1e-6


@given(camera=cameras)
def test_the_ground_homography_projects_as_the_camera_does(camera: Pinhole) -> None:
    ground = seen_ground(camera)
    mapped = np.column_stack([ground, np.ones(len(ground))]) @ camera.ground_homography().T
    expected = camera.project(np.column_stack([ground, np.zeros(len(ground))]))
    assert np.abs(mapped[:, :2] / mapped[:, 2:] - expected).max() < 1e-6


@given(camera=cameras)
def test_the_camera_projects_as_opencv_does(camera: Pinhole) -> None:
    world = np.column_stack([seen_ground(camera), np.full(25, 1.6)])
    world = world[camera.depth_m(world) > 0.5]
    cos, sin = np.cos(camera.tilt_rad), np.sin(camera.tilt_rad)
    rotation = np.array([[1, 0, 0], [0, -sin, -cos], [0, cos, -sin]])
    shift = -rotation @ [0, 0, camera.height_m]
    matrix = np.array([[camera.focal_px, 0, 640], [0, camera.focal_px, 360], [0, 0, 1]])
    expected, _ = cv2.projectPoints(world, cv2.Rodrigues(rotation)[0], shift, matrix, None)
    assert np.abs(expected[:, 0] - camera.project(world)).max() < 1e-6


def test_what_is_behind_the_camera_and_above_the_horizon_has_no_place() -> None:
    camera = Pinhole(6, 0.3, 1000, (1280, 720))
    assert np.isnan(camera.project(np.array([[0.0, -30.0, 0.0]]))).all()
    assert np.isnan(camera.on_plane(np.array([[640.0, 10.0]]))).all()
