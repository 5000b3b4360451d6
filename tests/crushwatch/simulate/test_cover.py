from __future__ import annotations

import numpy as np

from crushwatch.simulate.cover import Cover, gaps_of
from crushwatch.simulate.surface import Bytes


def panel(height: int, width: int) -> Bytes:
    """What a sprite of these pixels hides that is opaque all over."""
    return gaps_of(np.zeros((height, width), np.uint8))


def seen_down_to(cover: Cover, *box_px: float) -> int | None:
    return cover.seen_down_to(*cover.cells(np.array([box_px])).tolist()[0])


def test_everything_is_seen_before_anything_is_painted() -> None:
    assert seen_down_to(Cover(100, 200), 20, 10, 40, 59) == 60


def test_nothing_is_seen_behind_a_panel_and_all_above_it() -> None:
    cover = Cover(100, 200)
    cover.add(panel(60, 60), 10, 30)
    assert seen_down_to(cover, 20, 40, 50, 80) is None
    assert seen_down_to(cover, 20, 8, 50, 80) == 32
    assert seen_down_to(cover, 20, 40, 80, 80) == 84


def test_a_hole_of_one_pixel_is_seen_through() -> None:
    remainder = np.zeros((60, 60), np.uint8)
    remainder[33, 21] = 1
    cover = Cover(100, 200)
    cover.add(gaps_of(remainder), 10, 30)
    assert seen_down_to(cover, 20, 40, 50, 80) == 64


def test_what_lies_beyond_the_picture_is_not_seen_and_hides_nothing_else() -> None:
    cover = Cover(100, 200)
    assert seen_down_to(cover, -50, -50, -10, -10) is None
    assert seen_down_to(cover, 210, 20, 260, 80) is None
    for left, top in ((-70, 20), (300, 20), (20, -80), (20, 160)):
        cover.add(panel(60, 60), left, top)
    assert seen_down_to(cover, 0, 0, 199, 99) == 100


def test_a_panel_over_the_edge_of_the_picture_hides_up_to_it() -> None:
    cover = Cover(100, 200)
    cover.add(panel(60, 60), -13, 70)
    assert seen_down_to(cover, 0, 76, 40, 99) is None
    assert seen_down_to(cover, 0, 60, 40, 99) == 72
