"""Heads out of density."""

from __future__ import annotations

import numpy as np
import pytest

from crushwatch.heads import head_points


def test_two_heads_in_one_cell_are_two_points() -> None:
    density = np.zeros((6, 6), np.float32)
    density[2, 3] = 2.0
    np.testing.assert_allclose(head_points(density), [[28, 20], [28, 20]], atol=1e-3)


def test_a_person_spread_over_cells_is_found_once_at_the_centre_of_mass() -> None:
    density = np.zeros((6, 6), np.float32)
    density[2, 2], density[2, 3] = 0.5, 0.5
    np.testing.assert_allclose(head_points(density), [[24, 20]], atol=1e-3)


def test_a_trace_of_density_is_nobody() -> None:
    assert len(head_points(np.full((20, 20), 0.01, np.float32))) == 0


def test_points_are_about_as_many_as_people_on_a_blurred_map() -> None:
    rng = np.random.default_rng(4)
    density = rng.gamma(0.5, 0.2, (40, 40)).astype(np.float32)
    assert len(head_points(density)) == pytest.approx(density.sum(), rel=0.25)
