from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Polygon

from crushwatch.errors import GroundError
from crushwatch.ground import Floor, GroundGrid, Lattice, Scatter

corners = st.integers(-2000, 2000).map(lambda hundredths: hundredths / 100)
triangles = st.lists(st.tuples(corners, corners), min_size=3, max_size=3).filter(
    lambda points: Polygon(points).area > 0.1
)


@given(triangles)
def test_coverage_adds_up_to_the_polygons_area(triangle: list[tuple[float, float]]) -> None:
    grid = GroundGrid.around(triangle)
    shares = Floor(np.array(triangle)).coverage(grid)
    assert shares.sum() * grid.cell_m**2 == pytest.approx(Polygon(triangle).area, rel=1e-6)
    assert shares.min() >= 0
    assert shares.max() <= 1 + 1e-9


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_scattering_keeps_every_person_that_lands_on_the_grid(seed: int, per_side: int) -> None:
    random = np.random.default_rng(seed)
    grid = GroundGrid((0.0, 0.0), rows=20, columns=30)
    samples = random.uniform((0, 0), (14.999, 9.999), (12 * 9 * per_side**2, 2))
    scatter = Scatter.build(grid, samples, per_side**2)
    density = random.random((9, 12))
    assert scatter.apply(density).sum() == pytest.approx(density.sum())


def test_people_beyond_the_grid_or_the_horizon_are_not_put_on_it() -> None:
    grid = GroundGrid((0.0, 0.0), rows=2, columns=2)
    scatter = Scatter.build(grid, np.array([[0.1, 0.1], [-0.1, 0.1], [np.nan, np.nan], [5.0, 0.1]]), 1)
    assert scatter.apply(np.ones((2, 2))).tolist() == [[1, 0], [0, 0]]


def test_samples_lie_evenly_inside_their_cells_in_row_order() -> None:
    lattice = Lattice(rows=1, columns=2, origin_px=(10, 20), pitch_px=(4, 8))
    assert lattice.samples(1).tolist() == [[12, 24], [16, 24]]
    assert lattice.samples(2)[:4].tolist() == [[11, 22], [13, 22], [11, 26], [13, 26]]
    assert lattice.samples(2)[4].tolist() == [15, 22]


def test_a_region_that_reaches_to_the_horizon_is_refused_in_words() -> None:
    with pytest.raises(GroundError, match="too large to be seen by one camera"):
        GroundGrid.around([(0, 0), (100_000, 0), (0, 100_000)])
