"""Heads out of density, matched with the truth."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crushwatch.density.augment import heads_per_cell
from crushwatch.density.localisation import Localised, all_matched, in_slices, match, pairs, spans
from crushwatch.heads import head_points

apart = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 5)), unique=True, max_size=20)


@settings(deadline=None)
@given(apart)
def test_every_person_of_a_sharp_map_is_found_where_they_stand(squares: list[tuple[int, int]]) -> None:
    """People at least four cells apart, each spread over a few cells."""
    points = np.array(squares, np.float32).reshape(-1, 2) * 32 + 12
    found = head_points(heads_per_cell(points, 192, 256))
    assert match(found, points, 1.0) == Localised(len(points), len(points), len(points))


@pytest.mark.parametrize("size", [(700, 900), (300, 400), (512, 512), (513, 1200)])
def test_slices_count_a_head_in_an_overlap_once(size: tuple[int, int]) -> None:
    height, width = size
    points = np.array([[x, y] for x in range(20, width, 40) for y in range(20, height, 40)], np.float32)
    picture = np.zeros((height, width, 3), np.uint8)
    for x, y in points.astype(int):
        picture[y, x] = 255

    def count(part: np.ndarray) -> np.ndarray:
        rows, columns = np.nonzero(part[..., 0])
        return heads_per_cell(
            np.column_stack((columns, rows)).astype(np.float32), *(-(-s // 8) * 8 for s in part.shape[:2])
        )

    whole = in_slices(count, picture, 256, 0.25)
    np.testing.assert_array_equal(whole, heads_per_cell(points, *(-(-s // 8) * 8 for s in size)))


@given(st.integers(1, 3000), st.integers(2, 25).map(lambda n: n * 32), st.floats(0, 0.6))
def test_slices_answer_for_every_cell_once(length: int, slice_px: int, overlap: float) -> None:
    parts = [own for _, own in spans(length, slice_px, overlap)]
    assert parts[0][0] == 0
    assert parts[-1][1] == -(-length // 8)
    assert all(earlier[1] == later[0] for earlier, later in itertools.pairwise(parts))


def test_one_true_head_is_matched_with_one_found_head_only() -> None:
    found, true = np.array([[10, 10], [11, 10]], np.float32), np.array([[10, 11]], np.float32)
    assert pairs(found, true, 5.0) == [(0, 0)]
    result = match(found, true, 5.0)
    assert (result.precision, result.recall) == (0.5, 1.0)
    assert result.f1 == pytest.approx(2 / 3)


def test_matching_takes_as_many_pairs_as_there_are_not_the_nearest_first() -> None:
    found, true = np.array([[0, 0], [6, 0]], np.float32), np.array([[5, 0], [11, 0]], np.float32)
    assert len(pairs(found, true, 5.5)) == 2


def test_figures_of_a_set_are_those_of_all_its_heads() -> None:
    total = all_matched([Localised(1, 2, 4), Localised(3, 3, 3)])
    assert total == Localised(4, 5, 7)
    assert Localised(0, 0, 0).f1 == 1.0


def test_a_pair_beyond_the_radius_is_no_pair_though_both_are_alone() -> None:
    found, true = (np.array([[x, 0.0]], np.float32) for x in (0.0, 16.0))
    assert pairs(found, true, 16.0) == [(0, 0)]
    assert pairs(found, true, 15.9) == []
