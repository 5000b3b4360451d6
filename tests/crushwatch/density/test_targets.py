"""Nobody is lost between a list of heads and a map."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crushwatch.density import targets

anywhere = st.lists(st.tuples(st.floats(-20, 90), st.floats(-20, 70)), max_size=40)
at_borders = st.lists(
    st.tuples(st.sampled_from([0.0, 0.2, 63.9, 64.0, 32.0]), st.sampled_from([0.0, 47.99, 48.0, 20.0])), max_size=20
)


@pytest.mark.parametrize("name", ["dots", "fixed-gaussian", "adaptive-gaussian", "discs"])
@settings(max_examples=60, deadline=None)
@given(points=st.one_of(anywhere, at_borders))
def test_the_sum_of_a_target_is_the_count_wherever_the_heads_are(name: str, points: list[tuple[float, float]]) -> None:
    target = targets.TARGETS[name](np.array(points, np.float32).reshape(-1, 2), 48, 64)
    assert target.shape == (48, 64)
    assert target.sum(dtype=np.float64) == pytest.approx(len(points), abs=1e-3)
    assert (target >= 0).all()


def test_a_fixed_gaussian_is_as_wide_as_asked_for() -> None:
    target = targets.fixed_gaussian(np.array([[50.5, 50.5]], np.float32), 101, 101, sigma_px=5.0)
    spread = (target.sum(axis=0) * (np.arange(101) - 50.0) ** 2).sum()
    assert spread**0.5 == pytest.approx(5.0, rel=0.02)


def test_an_adaptive_gaussian_is_narrow_in_a_crowd_and_wide_apart() -> None:
    crowd = np.array([[x, y] for x in (10, 14, 18) for y in (10, 14, 18)], np.float32)
    target = targets.adaptive_gaussian(np.vstack([crowd, [[90.0, 90.0]]]).astype(np.float32), 128, 128)
    assert target[14, 14] > 10 * target[90, 90]


def test_masks_are_nothing_or_one() -> None:
    mask = targets.head_masks(np.array([[20.0, 20.0], [22.0, 20.0]], np.float32), 48, 64)
    assert set(np.unique(mask)) == {0.0, 1.0}


def test_cells_keep_the_sum() -> None:
    target = targets.fixed_gaussian(np.array([[3.0, 5.0], [60.0, 40.0]], np.float32), 48, 64)
    assert targets.cells(target, 8).shape == (6, 8)
    assert targets.cells(target, 8).sum() == pytest.approx(2, abs=1e-4)
