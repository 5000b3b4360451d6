"""Crops keep their heads, whatever is done to them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crushwatch.density.augment import Augmentation, Cut, Span, heads_per_cell, random_crop
from crushwatch.density.datasets import nobody
from crushwatch.density.patches import Patch, patches_of

PLAIN = Augmentation(light=0, grey=0, blur=0, noise=0, jpeg=0, aspect=0)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), low=st.floats(0.3, 1.0), high=st.floats(1.0, 4.0))
def test_every_head_in_a_crop_lies_on_its_own_pixels(seed: int, low: float, high: float) -> None:
    rng = np.random.default_rng(seed)
    picture = np.full((150, 200, 3), 60, np.uint8)
    points = np.column_stack((rng.integers(5, 195, 6), rng.integers(5, 145, 6))).astype(np.float32)
    for x, y in points.astype(int):
        picture[y - 3 : y + 4, x - 3 : x + 4] = (255, 0, 0)
    how = Augmentation(low, high, light=0, grey=0, blur=0, noise=0, jpeg=0)
    crop, moved = random_crop(picture, points, 128, rng, how)
    assert crop.shape == (128, 128, 3)
    assert ((moved >= 0) & (moved < 128)).all()
    for x, y in moved.astype(int):
        assert crop[y, x, 0] > 150, "the marked red square lies under the point"


def test_a_crop_of_a_whole_picture_loses_nobody() -> None:
    points = np.array([[0.0, 0.0], [99.9, 99.9], [50.0, 0.5]], np.float32)
    how = Augmentation(1.0, 1.0, aspect=0, light=0, grey=0, blur=0, noise=0, jpeg=0)
    _, moved = random_crop(np.zeros((100, 100, 3), np.uint8), points, 128, np.random.default_rng(2), how)
    assert len(moved) == 3


def test_a_crop_as_it_is_has_the_pictures_own_pixels() -> None:
    rng = np.random.default_rng(6)
    picture = rng.integers(0, 256, (80, 90, 3), dtype=np.uint8)
    how = Augmentation(0.5, 2.0, as_is=1.0, mirror=0, light=0, grey=0, blur=0, noise=0, jpeg=0)

    for _ in range(20):
        crop, _ = random_crop(picture, np.zeros((0, 2), np.float32), 64, rng, how)
        places = np.lib.stride_tricks.sliding_window_view(picture, (64, 64), axis=(0, 1)).transpose(0, 1, 3, 4, 2)
        assert (places == crop).all(axis=(2, 3, 4)).any()


def test_half_of_the_crops_as_they_are_leaves_the_other_half_scaled() -> None:
    rng, how = np.random.default_rng(7), Augmentation(1.5, 2.0, as_is=0.5, aspect=0)
    kept = [Cut.draw((400, 400), 64, rng, how).across.scale == 1.0 for _ in range(400)]
    assert 160 < sum(kept) < 240


def test_a_pictures_border_is_learnt_from_at_least_half_as_often_as_its_middle() -> None:
    rng = np.random.default_rng(5)
    seen = np.zeros(1000)
    for _ in range(2000):
        span = Span.draw(1000, 320, 1.0, rng)
        seen[span.start_px : span.stop_px] += 1
    assert seen[[0, -1]].min() > 0.4 * seen[500]
    assert seen.max() < 1.7 * seen[500]


def test_the_same_seed_gives_the_same_crop() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    points = np.array([[100.0, 100.0]], np.float32)
    first, second = (random_crop(picture, points, 64, np.random.default_rng(5), Augmentation()) for _ in range(2))
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])


@given(st.lists(st.tuples(st.floats(0, 63.9), st.floats(0, 31.9)), max_size=30))
def test_cells_hold_every_head_once(points: list[tuple[float, float]]) -> None:
    cells = heads_per_cell(np.array(points, np.float32).reshape(-1, 2), 32, 64)
    assert cells.shape == (4, 8)
    assert cells.sum() == len(points)


@pytest.mark.parametrize("drawn", nobody.DRAWN, ids=lambda f: f.__name__)
def test_a_drawn_frame_is_a_picture_of_the_size_asked_for(drawn: nobody.Drawing) -> None:
    for seed in range(5):
        picture = drawn(np.random.default_rng(seed), 72)
        assert picture.shape == (72, 72, 3)
        assert picture.dtype == np.uint8


def test_nine_patches_are_the_quarters_and_five_more_each_mirrored() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    points = np.random.default_rng(1).uniform((0, 0), (80, 60), (30, 2)).astype(np.float32)
    whole = Patch("a", Path("a.jpg"), points, "", picture)
    patches = list(patches_of([whole]))
    assert [patch.name for patch in patches] == [f"a-{n:02d}" for n in range(18)]
    assert {patch.rgb().shape for patch in patches} == {(30, 40, 3)}
    assert sum(patch.count for patch in patches[:4]) == 30, "the quarters hold everybody once"
    np.testing.assert_array_equal(patches[9].rgb(), patches[0].rgb()[:, ::-1])
    np.testing.assert_allclose(patches[9].points_px[:, 0], 40 - patches[0].points_px[:, 0])
    assert all(np.shares_memory(patch.rgb(), picture) for patch in patches_of([whole], mirrors=False))


def test_a_pictures_patches_are_the_same_whatever_pictures_went_before_it() -> None:
    rng = np.random.default_rng(0)
    pictures = [
        Patch(f"a/{n}", Path("a.jpg"), np.zeros((0, 2), np.float32), "", rng.integers(0, 256, (60, 80, 3), np.uint8))
        for n in range(4)
    ]
    every, every_second = (
        {patch.name: patch.rgb() for patch in patches_of(taken)} for taken in (pictures, pictures[::2])
    )
    assert every_second.keys() <= every.keys()
    for name, pixels in every_second.items():
        np.testing.assert_array_equal(pixels, every[name])
    at = {(patch.rgb().tobytes()) for patch in patches_of([pictures[0]], mirrors=False, seed=2)}
    assert at != {patch.rgb().tobytes() for patch in patches_of([pictures[0]], mirrors=False, seed=1)}
