"""The ground's check: right cameras come out right, wrong ones do not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crushwatch.ground.polygon import contains
from crushwatch.simulate import Scenario, open_scenario
from crushwatch.simulate.crowd import Moment
from crushwatch.simulate.scenario import ground_seen_by
from crushwatch.site import Ground, GroundPoint
from workers.validate.on_ground import GroundRow, ground_row, measured_series, true_series
from workers.validate.views import WIDEST_LENS, floor_of, outline_of, view_of

REGION = "before-gate"


@pytest.fixture(scope="module")
def gate() -> Scenario:
    return open_scenario("gate")


@pytest.fixture(scope="module")
def moments(gate: Scenario) -> list[Moment]:
    """The fullest of its cycle."""
    outline = outline_of(gate, REGION)
    every = [gate.crowd_at(time_s) for time_s in np.arange(0, gate.duration_s, 5.0)]
    return sorted(every, key=lambda moment: contains(outline, moment.placed.feet_m).sum())[-4:]


def row(gate: Scenario, moments: list[Moment], tilt_deg: float, ground: Ground | None = None) -> GroundRow:
    view = view_of(gate, REGION, tilt_deg, ground)
    return ground_row(view, measured_series(view, moments), true_series(floor_of(gate, REGION), moments))


@settings(max_examples=15, deadline=None)
@given(st.floats(12, 75))
def test_a_camera_of_any_tilt_has_the_region_with_its_people_in_the_picture(gate: Scenario, tilt_deg: float) -> None:
    view = view_of(gate, REGION, tilt_deg)
    assert view.ground.pose.tilt_deg == pytest.approx(tilt_deg, abs=0.1)
    assert view.ground.pose.height_m == pytest.approx(view.pinhole.height_m, rel=0.01)
    assert view.pinhole.focal_px >= WIDEST_LENS * view.pinhole.size_px[0]
    corners = np.array(view.drawn.polygon_m)
    for height_m in (0.0, 1.9):
        seen = view.pinhole.project(np.column_stack([corners, np.full(len(corners), height_m)]))
        assert ((seen > 0) & (seen < view.pinhole.size_px)).all()


def test_the_view_moves_the_ground_and_nobody_on_it(gate: Scenario, moments: list[Moment]) -> None:
    view, moment = view_of(gate, REGION, 30), moments[0]
    inside = contains(outline_of(gate, REGION), moment.placed.feet_m)
    moved = contains(np.array(view.drawn.polygon_m), moment.placed.feet_m + view.moved_m)
    assert (inside == moved).all()


@pytest.mark.parametrize("tilt_deg", [15, 30, 60])
def test_true_heads_give_count_density_and_peak(gate: Scenario, moments: list[Moment], tilt_deg: float) -> None:
    found = row(gate, moments, tilt_deg)
    assert found.count_error == pytest.approx(0, abs=0.05)
    assert found.density_error == pytest.approx(0, abs=0.05)
    assert found.peak_error == pytest.approx(0, abs=0.10)
    assert found.true_per_m2 > 3


def wrong_metres(right: Ground) -> Ground:
    """Measured in feet."""
    points = tuple(GroundPoint(px=each.px, m=(each.m[0] / 0.3048, each.m[1] / 0.3048)) for each in right.points)
    return right.model_copy(update={"points": points})


def wrong_height(right: Ground) -> Ground:
    """Heads taken for half a metre above the ground."""
    return right.model_copy(update={"head_height_m": 0.5})


def wrong_point(right: Ground) -> Ground:
    """The near points clicked a fifth of the picture too high."""
    low = max(point.px[1] for point in right.points)
    points = tuple(
        GroundPoint(px=(each.px[0], each.px[1] - 144), m=each.m) if each.px[1] > low - 1 else each
        for each in right.points
    )
    return right.model_copy(update={"points": points})


@pytest.mark.parametrize("spoil", [wrong_metres, wrong_height, wrong_point])
def test_a_wrong_camera_is_found_out(gate: Scenario, moments: list[Moment], spoil: Callable[[Ground], Ground]) -> None:
    right = ground_seen_by(view_of(gate, REGION, 30).pinhole)
    found = row(gate, moments, 30, spoil(right))
    assert found.density_error is not None
    assert abs(found.density_error) > 0.1


def test_of_a_thin_crowd_no_share_is_told_but_people_are() -> None:
    calm = open_scenario("calm")
    moments = [calm.crowd_at(20.0), calm.crowd_at(60.0)]
    view = view_of(calm, "concourse", 30)
    found = ground_row(view, measured_series(view, moments), true_series(floor_of(calm, "concourse"), moments))
    assert found.count_error is None
    assert found.peak_error is None
    assert 0 <= found.people_off < 2


def test_the_true_peak_is_the_fullest_nine_square_metres(gate: Scenario, moments: list[Moment]) -> None:
    outline = outline_of(gate, REGION)
    true = true_series(floor_of(gate, REGION), moments)
    for moment, peak in zip(moments, true.peak_per_m2, strict=True):
        feet = moment.placed.feet_m[contains(outline, moment.placed.feet_m)]
        (left, low), (right, high) = outline.min(axis=0), outline.max(axis=0)
        whole = max(
            ((feet >= (x, y)) & (feet < (x + 3, y + 3))).all(axis=1).sum() / 9
            for x in np.arange(left, right - 3, 0.1)
            for y in np.arange(low, high - 3, 0.1)
        )
        assert peak > 0.93 * whole
    assert (true.peak_per_m2 >= true.density_per_m2).all()
