"""A density map laid down around a region is, there, what the whole map laid down is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crushwatch.errors import GroundError
from crushwatch.ground import CameraGround, Lattice, laid_down
from crushwatch.site import Lens
from support.synthetic_camera import SyntheticCamera

cameras = st.builds(
    SyntheticCamera,
    height_m=st.floats(2.5, 30),
    tilt_deg=st.floats(3, 75),
    focal_px=st.floats(500, 3000),
    roll_deg=st.floats(-20, 20),
)
LENSES = {
    "none": None,
    "barrel": Lens(focal_px=900, coefficients=(-0.30, 0.08, 0.001, -0.0005, -0.01)),
    "fisheye": Lens(model="fisheye", focal_px=620, coefficients=(-0.03, 0.004, -0.002, 0.0003)),
}
WHOLE = Lattice(18, 32, (0.0, 0.0), (40.0, 40.0))
LETTERBOXED = Lattice(24, 24, (0.0, -280.0), (53.4, 53.4))


@pytest.mark.parametrize("lens", LENSES.values(), ids=LENSES.keys())
@pytest.mark.parametrize("lattice", [WHOLE, LETTERBOXED], ids=["whole", "letterboxed"])
@given(cameras, st.floats(0.3, 5), st.floats(0, 3))
def test_within_reach_of_a_region_everybody_is_laid_down_as_without_it(
    lattice: Lattice, lens: Lens | None, camera: SyntheticCamera, across: float, margin_m: float
) -> None:
    try:
        ground = CameraGround.fit(camera.ground().model_copy(update={"lens": lens}), (1280, 720))
    except GroundError:
        return  # no camera with this lens sees these points so
    every_m = laid_down(ground, lattice, 2)
    region_m = camera.square_in_view(2.0)[:, :2] * across
    found_m = laid_down(ground, lattice, 2, around_m=region_m, margin_m=margin_m)
    near = (every_m >= region_m.min(axis=0) - margin_m) & (every_m <= region_m.max(axis=0) + margin_m)
    assert np.array_equal(found_m[near.all(axis=1)], every_m[near.all(axis=1)])
    assert np.array_equal(np.isfinite(found_m) & (found_m != every_m), np.zeros_like(found_m, dtype=np.bool_))


def test_most_of_a_picture_is_left_out_for_a_small_region() -> None:
    ground = CameraGround.fit(SyntheticCamera(8.0, 30.0).ground(), (1280, 720))
    middle_m = ground.image_to_head.apply([(640, 400)])
    found_m = laid_down(ground, WHOLE, 3, around_m=middle_m, margin_m=0.5)
    assert 0 < np.isfinite(found_m).mean() < 0.1


def test_nobody_stands_in_the_letterboxs_border() -> None:
    ground = CameraGround.fit(SyntheticCamera(8.0, 60.0).ground(), (1280, 720))
    rows = laid_down(ground, LETTERBOXED, 1).reshape(24, 24, 2)
    assert np.isnan(rows[:5]).all()
    assert np.isnan(rows[-5:]).all()
    assert np.isfinite(rows[6:18]).all()


def test_the_cells_corners_enclose_their_samples() -> None:
    corners_px = LETTERBOXED.corners().reshape(25, 25, 2)
    samples_px = LETTERBOXED.samples(2).reshape(24, 24, 4, 2)
    assert corners_px[0, 0].tolist() == [0.0, -280.0]
    assert (samples_px > corners_px[:-1, :-1, None]).all()
    assert (samples_px < corners_px[1:, 1:, None]).all()
    assert np.array_equal(
        LETTERBOXED.samples(2, np.array([50, 3])), samples_px.reshape(-1, 4, 2)[[50, 3]].reshape(-1, 2)
    )
