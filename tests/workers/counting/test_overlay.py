from __future__ import annotations

import numpy as np
import pytest

from workers.counting.overlay import draw_overlay

GREY = np.full((240, 640, 3), 120, np.uint8)


def overlay(density: np.ndarray, image: np.ndarray = GREY) -> np.ndarray:
    return draw_overlay(image, density.astype(np.float32), float(density.sum()), "people")


def changed(drawn: np.ndarray, image: np.ndarray = GREY) -> np.ndarray:
    return np.abs(drawn[: image.shape[0]].astype(int) - image).sum(2)


def test_where_nobody_is_the_picture_is_untouched() -> None:
    assert not changed(overlay(np.zeros((30, 80)))).any()


def test_the_heat_lies_where_the_people_are() -> None:
    density = np.zeros((30, 80))
    density[20, 10] = 1
    heat = changed(overlay(density))
    assert heat[20 * 8 + 4, 10 * 8 + 4] > 100
    assert not heat[:, 200:].any()


def test_one_colour_means_one_density_whatever_else_is_in_the_picture() -> None:
    alone, beside_a_crowd = np.zeros((30, 80)), np.zeros((30, 80))
    alone[15, 10] = beside_a_crowd[15, 10] = 1
    beside_a_crowd[15, 60] = 50
    np.testing.assert_array_equal(overlay(alone)[:240, :200], overlay(beside_a_crowd)[:240, :200])


def test_more_people_are_drawn_lighter() -> None:
    few, many = np.zeros((30, 80)), np.zeros((30, 80))
    few[10:20, 30:40], many[10:20, 30:40] = 0.02, 0.5
    assert overlay(many)[120, 280].sum() > overlay(few)[120, 280].sum()


@pytest.mark.parametrize("size", [(33, 47), (540, 960), (1200, 300)], ids=lambda size: f"{size[1]}x{size[0]}")
def test_pictures_of_any_size_get_a_bar_with_count_and_scale_below(size: tuple[int, int]) -> None:
    image = np.full((*size, 3), 120, np.uint8)
    drawn = overlay(np.zeros((-(-size[0] // 8), -(-size[1] // 8))), image)
    assert drawn.dtype == np.uint8
    assert drawn.shape[1] == max(480, size[1])
    assert drawn.shape[0] / drawn.shape[1] > size[0] / size[1]
    bar = drawn[-20:]
    assert bar.max() == 255
