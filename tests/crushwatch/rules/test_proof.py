"""What a reading alone proves of a region's alerts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hypothesis import example, given
from hypothesis import strategies as st

from crushwatch.messages import Level, RegionReading
from crushwatch.rules import RegionRules, RegionState, Subject, holds, judge_region, levels, region_level
from crushwatch.rules.life import OpenAlert
from crushwatch.rules.proof import OF_THE_LEVEL, calm_rules, shown
from crushwatch.site import Region, Rules
from support.timeline import reading

SQUARE = Region.model_validate({"polygon_px": [[0, 0], [9, 0], [9, 9]], "area_m2": 10, "capacity_people": 30})
RULES = RegionRules.of(Rules(), SQUARE)
runs = st.tuples(st.floats(0, 8), st.floats(0, 1), st.floats(0, 60), st.integers(1, 80))
"""Density, quality, count, and for how many seconds."""


def told(history: list[tuple[float, float, float, int]]) -> Iterator[tuple[RegionReading, Mapping[str, OpenAlert]]]:
    """Reading by reading what a worker publishes, and the alerts that it holds then."""
    state, second = RegionState(), 0
    for density, quality, count, for_s in history:
        for _ in range(for_s):
            second += 1
            said = reading(second, density, count=count, quality=quality)
            state, _events = judge_region(RULES, state, Subject("s", "gate", "front"), said)
            level = region_level(RULES, state, said.captured_at)
            held = holds(RULES, state, said)
            yield said.model_copy(update={"level": level, "holds": held or None}), state.open_alerts


@given(st.lists(runs, min_size=1, max_size=6))
def test_no_reading_of_a_worker_that_holds_an_alert_proves_that_it_has_ended(
    history: list[tuple[float, float, float, int]],
) -> None:
    for said, alerts in told(history):
        assert not calm_rules(RULES, said) & alerts.keys()


def clear(density: float, *, count: float) -> RegionReading:
    return reading(1, density, count=count).model_copy(update={"level": Level.CLEAR})


def test_a_reading_of_few_people_who_are_believed_proves_both_rules_ended() -> None:
    assert calm_rules(RULES, clear(0.5, count=5)) == {"levels", "capacity"}


def test_a_full_region_that_is_not_dense_proves_nothing_of_its_capacity() -> None:
    assert calm_rules(RULES, clear(0.5, count=29)) == {"levels"}


@given(st.lists(runs, min_size=1, max_size=6))
@example([(4.5, 1.0, 5.0, 30), (1.0, 1.0, 5.0, 1)])
@example([(1.0, 1.0, 30.0, 30), (1.0, 1.0, 5.0, 1)])
def test_the_level_that_a_reading_shows_is_that_of_an_alert_under_the_rule_it_names_or_of_a_density_that_makes_it(
    history: list[tuple[float, float, float, int]],
) -> None:
    for said, alerts in told(history):
        if said.level not in (Level.CLEAR, Level.UNKNOWN):
            assert said.level in [alerts[rule].level for rule in OF_THE_LEVEL if rule in alerts]
            rule, verdict = shown(RULES, said, said.level)
            assert rule in alerts or levels.asked_density(RULES, said) >= RULES.clears_below(said.level)
            assert verdict.level is said.level
