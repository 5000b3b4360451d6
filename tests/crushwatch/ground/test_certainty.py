from __future__ import annotations

import numpy as np
import pytest
from shapely.geometry import Polygon

from crushwatch.ground import CameraGround
from crushwatch.ground.certainty import LARGEST, density_share
from crushwatch.simulate.pinhole import Pinhole
from crushwatch.site import Ground, GroundPoint

SIZE_PX = (1280, 720)
HALL_M = np.array([(-4.0, 9.0), (4.0, 9.0), (4.0, 17.0), (-4.0, 17.0)])


def clicked(tilt_deg: float, at_m: np.ndarray, noise_px: float = 0.0, seed: int = 0) -> Ground:
    """A ground of points that a camera 7 m up sees, clicked with noise."""
    camera = Pinhole(7.0, np.radians(tilt_deg), 1100.0, SIZE_PX)
    pixels = camera.project(np.column_stack([at_m, np.zeros(len(at_m))]))
    pixels += np.random.default_rng(seed).normal(0, noise_px, pixels.shape) if noise_px else 0
    pairs = zip(pixels.tolist(), at_m.tolist(), strict=True)
    return Ground(points=tuple(GroundPoint(px=(px[0], px[1]), m=(m[0], m[1])) for px, m in pairs))


@pytest.mark.parametrize("tilt_deg", [22, 28, 34])
def test_the_densities_of_many_clicks_lie_in_the_interval_nine_times_in_ten(tilt_deg: float) -> None:
    """Against brute force: the same four points clicked 300 times, 2 pixels off."""
    squares_m = np.stack(np.meshgrid(np.arange(-3.5, 4), np.arange(9.5, 17)), axis=-1).reshape(-1, 1, 2)
    corners_m = squares_m + np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])

    def pixels_per_m2(ground: Ground) -> float:
        heads_px = CameraGround.fit(ground, SIZE_PX).head_to_image.apply(corners_m.reshape(-1, 2)).reshape(-1, 4, 2)
        return float(np.exp(np.mean([np.log(Polygon(square).area) for square in heads_px])))

    true = pixels_per_m2(clicked(tilt_deg, HALL_M))
    share = density_share(clicked(tilt_deg, HALL_M), SIZE_PX, HALL_M)
    found = [pixels_per_m2(clicked(tilt_deg, HALL_M, 1.92, seed)) for seed in range(300)]
    inside = np.mean([abs(np.log(each / true)) <= share for each in found])
    assert 0.88 <= inside <= 1.0
    assert share < 0.15


def test_points_that_agree_less_well_widen_it() -> None:
    corners = np.vstack([HALL_M, HALL_M * (0.5, 1.0), [(0.0, 12.0), (0.0, 15.0)]])
    calm, shaky = (density_share(clicked(35, corners, noise, 3), SIZE_PX, HALL_M) for noise in (0.0, 8.0))
    assert calm < density_share(clicked(35, HALL_M), SIZE_PX, HALL_M)
    assert shaky > 2 * calm


def test_points_close_together_say_little_of_ground_far_away() -> None:
    near_m = HALL_M * 0.15 + np.array((0.0, 9.0))
    far_m = HALL_M + np.array((0.0, 20.0))
    assert density_share(clicked(25, near_m), SIZE_PX, far_m) > 3 * density_share(clicked(25, HALL_M), SIZE_PX, HALL_M)


def test_an_outline_that_is_not_seen_is_as_unsure_as_can_be() -> None:
    assert density_share(clicked(35, HALL_M), SIZE_PX, HALL_M + 500.0) == LARGEST
