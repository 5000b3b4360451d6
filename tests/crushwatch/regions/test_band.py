from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crushwatch.errors import EngineError
from crushwatch.models.band import BandLevel, BandTable, band_beside, band_path
from crushwatch.regions.band import BandSettings, Estimate, interval, spread
from crushwatch.regions.conformal import Sample, conformal_bounds, fit_levels

SPARSE = BandLevel(people_per_block=0.1, low=-1.0, high=1.2, pictures=40, windows=800)
PACKED = BandLevel(people_per_block=4.0, low=-2.5, high=1.5, pictures=30, windows=600)
TABLE = BandTable(model_sha256="a" * 64, count=(SPARSE, PACKED), peak=(PACKED,))
COUNTS = st.floats(0, 5000)
CELLS = st.floats(1, 20_000)


@pytest.mark.parametrize("pictures", [19, 39, 100])
def test_nine_of_ten_exchangeable_pictures_lie_inside_the_bounds(pictures: int) -> None:
    """Each picture has a bias of its own and windows that share it, as many as it likes."""
    rng = np.random.default_rng(pictures)

    def picture() -> np.ndarray:
        return rng.gamma(2.0) * rng.choice([-1, 1.5]) + rng.normal(0, 0.5, rng.integers(1, 30))

    inside = []
    for _ in range(600):
        bounds = conformal_bounds([picture() for _ in range(pictures)])
        assert bounds is not None
        unseen = picture()
        inside.append(np.mean((unseen >= bounds[0]) & (unseen <= bounds[1])))
    assert 0.88 <= np.mean(inside) <= 0.96


@given(st.lists(st.floats(-5, 5), min_size=19, max_size=60, unique=True))
def test_at_most_a_twentieth_of_the_pictures_lie_beyond_either_bound(residuals: list[float]) -> None:
    bounds = conformal_bounds([np.array([residual]) for residual in residuals])
    assert bounds is not None
    below, above = np.mean(np.array(residuals) < bounds[0]), np.mean(np.array(residuals) > bounds[1])
    assert max(below, above) <= 0.05


def test_fewer_than_nineteen_pictures_give_no_bounds() -> None:
    assert conformal_bounds([np.array([float(n)]) for n in range(18)]) is None
    assert conformal_bounds([np.array([float(n)]) for n in range(19)]) == (0.0, 18.0)


def test_a_picture_with_many_windows_weighs_no_more_than_one_with_few() -> None:
    crowded = [np.full(1000, 9.0)] + [np.array([float(n)]) for n in range(-30, 9)]
    assert conformal_bounds(crowded) == conformal_bounds([np.array([9.0]), *crowded[1:]])


@given(COUNTS, CELLS, st.floats(0, 0.5))
def test_the_estimate_lies_in_its_interval_and_nobody_is_less_than_nobody(
    count: float, cells: float, ground_share: float
) -> None:
    low, high = interval(Estimate(count, cells), TABLE, BandSettings(ground_share))
    assert 0 <= low <= count <= high < math.inf


@given(COUNTS, CELLS, st.floats(0, 0.5))
def test_the_ground_never_narrows_an_interval(count: float, cells: float, ground_share: float) -> None:
    low, high = interval(Estimate(count, cells), TABLE)
    wide_low, wide_high = interval(Estimate(count, cells), TABLE, BandSettings(ground_share))
    assert wide_low <= low + 1e-9
    assert wide_high >= high - 1e-9


@given(st.floats(1, 3000), CELLS)
def test_a_thousandth_more_people_never_move_a_bound_by_more_than_a_hundredth(count: float, cells: float) -> None:
    before, after = interval(Estimate(count, cells), TABLE), interval(Estimate(count * 1.001, cells), TABLE)
    assert after == pytest.approx(before, abs=0.01 * spread(count) + 0.002 * count)


def test_beyond_the_outermost_levels_their_residuals_hold() -> None:
    low, high = interval(Estimate(1000, 64), TABLE)
    assert (low, high) == pytest.approx((1000 - 2.5 * spread(1000), 1000 + 1.5 * spread(1000)))
    assert interval(Estimate(0, 9000), TABLE) == pytest.approx((0, 1.2 * 0.4))


def sample(seed: int, people_per_block: float) -> Sample:
    """Twenty windows of 640 cells; the truth is a fifth above the count."""
    counted = np.random.default_rng(seed).uniform(0.9, 1.1, 20) * people_per_block * 10
    return Sample(counted, counted * 1.2, np.full(20, 640.0))


def test_each_level_of_crowding_has_bounds_of_its_own() -> None:
    sparse = [Sample(empty.counted, empty.counted, empty.cells) for empty in (sample(n, 0.01) for n in range(30))]
    packed = [sample(n, 5.0) for n in range(30)]
    levels = fit_levels([sparse + packed])
    assert [level.pictures for level in levels] == [30, 30]
    assert levels[0].low == levels[0].high == 0
    assert levels[1].people_per_block == pytest.approx(5.0, rel=0.05)
    assert levels[1].high == pytest.approx(0.2 * 50 / spread(50), rel=0.05)


def test_a_level_of_few_pictures_joins_the_sparser_one_or_is_left_out() -> None:
    few = [sample(n, 5.0) for n in range(10)] + [sample(n, 0.1) for n in range(30)]
    assert [level.pictures for level in fit_levels([few])] == [40]
    assert [level.people_per_block < 0.2 for level in fit_levels([few], joined=False)] == [True]
    assert fit_levels([few[:12]]) == ()


def test_in_a_packed_crowd_the_bounds_hold_for_each_kind_of_picture_by_itself() -> None:
    under = [sample(n, 5.0) for n in range(20)]
    over = [Sample(each.counted, each.counted * 0.8, each.cells) for each in (sample(n, 5.0) for n in range(500))]
    (apart,), (mixed,) = fit_levels([over, under]), fit_levels([over + under])
    assert mixed.high < 0 < apart.high
    assert mixed.low == pytest.approx(apart.low, abs=0.01)


def test_a_table_is_found_beside_the_model_that_it_names_and_no_other(tmp_path: Path) -> None:
    model = tmp_path / "mine.onnx"
    assert band_beside(model, "a" * 64) is None
    band_path(model).write_text(TABLE.model_dump_json())
    assert band_beside(model, "a" * 64) == TABLE
    assert band_beside(model, "b" * 64) is None
    band_path(model).write_text("{}")
    with pytest.raises(EngineError, match=r"mine\.band\.json is no table"):
        band_beside(model, "a" * 64)
