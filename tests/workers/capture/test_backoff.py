from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workers.capture.backoff import LONGEST_S, SHORTEST_S, pause_s

attempts = st.integers(min_value=1, max_value=10**9)
draws = st.floats(min_value=0, max_value=1, exclude_max=True)


@given(attempts, draws)
def test_pause_is_never_under_a_second_nor_over_half_a_minute(attempt: int, draw: float) -> None:
    assert SHORTEST_S <= pause_s(attempt, draw) <= LONGEST_S


@given(attempts, draws)
def test_pause_never_shrinks_from_one_attempt_to_the_next(attempt: int, draw: float) -> None:
    assert pause_s(attempt, draw) <= pause_s(attempt + 1, draw)


@given(attempts, draws, draws)
def test_pause_is_spread_over_a_factor_of_two_at_most(attempt: int, first: float, second: float) -> None:
    low, high = sorted((pause_s(attempt, first), pause_s(attempt, second)))
    assert high <= 2 * low


def test_first_try_again_comes_within_two_seconds() -> None:
    assert pause_s(1, 0.999) < 2
