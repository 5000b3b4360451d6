from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crushwatch.ground import Floor, GroundGrid
from crushwatch.ground.floor import BESIDE_M

ROOM = np.array([(0.0, 0.0), (8.0, 0.0), (8.0, 6.0), (0.0, 6.0)])


def block(left: float, low: float, wide: float, deep: float) -> np.ndarray:
    return np.array([(left, low), (left + wide, low), (left + wide, low + deep), (left, low + deep)])


blocks = st.tuples(st.floats(-2, 7), st.floats(-2, 5), st.floats(0.2, 4), st.floats(0.2, 4)).map(lambda b: block(*b))


@given(st.lists(blocks, max_size=4))
def test_the_area_to_stand_on_is_what_no_obstacle_covers(obstacles: list[np.ndarray]) -> None:
    """Counted point by point, however obstacles overlap each other and the edge."""
    floor = Floor(ROOM, tuple(obstacles))
    xs, ys = np.meshgrid(np.arange(0.025, 8, 0.05), np.arange(0.025, 6, 0.05))
    free = np.ones_like(xs, dtype=bool)
    for (left, low), _, (right, high), _ in obstacles:
        free &= ~((xs > left) & (xs < right) & (ys > low) & (ys < high))
    assert floor.area_m2 == pytest.approx(free.mean() * 48, abs=0.05 * 16 * max(len(obstacles), 1))
    grid = GroundGrid.around(ROOM)
    assert floor.coverage(grid).sum() * grid.cell_m**2 == pytest.approx(floor.area_m2, rel=1e-9)


def test_a_head_a_little_inside_an_obstacle_is_somebody_beside_it_and_one_farther_in_is_nobody() -> None:
    floor = Floor(ROOM, (block(2, 2, 3, 3),))
    beside, within, outside, unseen = (2 + 0.8 * BESIDE_M, 3.0), (3.5, 3.5), (8.5, 3.0), (np.nan, np.nan)
    assert floor.holds(np.array([(1.0, 1.0), beside, within, outside, unseen])).tolist() == [
        True, True, False, False, False,
    ]  # fmt: skip


def test_without_obstacles_a_floor_is_its_outline() -> None:
    floor = Floor(ROOM)
    assert floor.area_m2 == 48
    assert floor.holds(np.array([(0.1, 0.1), (7.9, 5.9), (-0.1, 3)])).tolist() == [True, True, False]
