"""A trend line: thinned out, peaks kept, gaps shown as gaps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.store.readings import Figures
from service.trend import POINTS_AT_MOST, trend

SINCE = datetime(2026, 5, 1, 20, 0, tzinfo=UTC)
UNTIL = SINCE + timedelta(minutes=10)


def figure(at_s: float, density: float | None = 1.0, count: float = 10) -> Figures:
    return Figures(SINCE + timedelta(seconds=at_s), density, density, count)


def test_nothing_measured_is_an_empty_line() -> None:
    assert trend([], SINCE, UNTIL).t == []


def test_the_highest_figure_of_an_interval_is_its_point() -> None:
    line = trend([figure(0.1, 1.0), figure(0.9, 6.0), figure(1.8, 2.0)], SINCE, UNTIL)
    assert line.density == [6.0]
    assert line.t == [SINCE.timestamp() + 1]


def test_an_interval_without_figures_is_a_gap() -> None:
    line = trend([figure(0), figure(6)], SINCE, UNTIL)
    assert line.density == [1.0, None, None, 1.0]


def test_a_camera_without_ground_has_a_line_of_counts() -> None:
    line = trend([figure(0, None, count=7)], SINCE, UNTIL)
    assert (line.density, line.count) == ([None], [7])


@given(st.lists(st.tuples(st.floats(0, 599.9), st.floats(0, 15)), min_size=1, max_size=500))
def test_there_are_never_more_points_than_a_screen_shows_and_no_peak_is_lost(points: list[tuple[float, float]]) -> None:
    line = trend([figure(at_s, density) for at_s, density in sorted(points)], SINCE, UNTIL)
    known = [value for value in line.density if value is not None]
    assert len(line.t) == len(line.density) == len(line.count) <= POINTS_AT_MOST
    assert abs(max(known) - max(density for _at_s, density in points)) <= 0.0005
    assert line.t == sorted(line.t)
