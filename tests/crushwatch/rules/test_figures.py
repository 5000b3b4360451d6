"""The rules of one figure each: fast growth, pressure, compression, standstill under inflow, counter-flow."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crushwatch.messages import AlertChange, GateFlow
from crushwatch.rules import RegionRules
from crushwatch.rules.judge import FIGURE_RULES
from crushwatch.site import Region, Rules
from support.timeline import OUTLINE, Timeline, reading

SPEAKING: dict[str, dict[str, Any]] = {
    "rise": {"rate_per_m2_per_min": 2.0},
    "pressure": {"pressure_per_s2": 0.05},
    "compression": {"divergence_per_s": -0.3},
    "standstill": {"speed_m_s": 0.05, "rate_per_m2_per_min": 0.5},
    "counterflow": {"counterflow_share": 0.45},
}
QUIET: dict[str, dict[str, Any]] = {
    "rise": {"rate_per_m2_per_min": 0.1},
    "pressure": {"pressure_per_s2": 0.001},
    "compression": {"divergence_per_s": 0.1},
    "standstill": {"speed_m_s": 0.9, "rate_per_m2_per_min": 0.5},
    "counterflow": {"counterflow_share": 0.05},
}
RESEARCH = ("pressure", "compression", "standstill", "counterflow")
RULES = tuple(SPEAKING)


def rules(**settings: dict[str, Any]) -> RegionRules:
    made = Rules.model_validate({name: {"alerts": True} for name in RESEARCH} | settings)
    return RegionRules.of(made, Region(polygon_m=OUTLINE))


def feed(line: Timeline, figures: dict[str, Any], start: int, end: int, *, density: float = 4.5, **more: Any) -> None:
    for second in range(start, end + 1):
        line.see(reading(second, density, **more).model_copy(update=figures))


def told(line: Timeline, rule: str) -> list[str]:
    return [event.change.value for event in line.events if event.rule == rule]


@pytest.mark.parametrize(("mean", "reached"), [(4.5, "at 4.5 per m²"), (1.4, "at 4.5 per m² over 3 m × 3 m")], ids=str)
def test_a_rise_says_whether_its_density_is_that_of_the_fullest_part(mean: float, reached: str) -> None:
    line = Timeline(rules=rules())
    feed(line, SPEAKING["rise"], 0, 40, density=mean, peak=4.5)
    raised = next(event for event in line.events if event.rule == "rise")
    assert raised.because == f"+2.0 people/m² a minute, threshold 1.0, {reached}"


@pytest.mark.parametrize("rule", RULES)
def test_it_is_raised_after_its_dwell_with_its_reason_and_cleared_after_a_quiet_minute(rule: str) -> None:
    line = Timeline(rules=rules())
    feed(line, SPEAKING[rule], 0, 40)
    assert told(line, rule) == ["raised"]
    raised = next(event for event in line.events if event.rule == rule)
    assert raised.because
    assert raised.value is not None
    assert raised.threshold is not None
    feed(line, QUIET[rule], 41, 100)
    assert told(line, rule) == ["raised"]
    feed(line, QUIET[rule], 101, 102)
    assert told(line, rule) == ["raised", "cleared"]


@pytest.mark.parametrize("rule", RULES)
def test_it_needs_a_dense_crowd(rule: str) -> None:
    line = Timeline(rules=rules())
    feed(line, SPEAKING[rule], 0, 60, density=1.0)
    assert told(line, rule) == []


@pytest.mark.parametrize("rule", RULES)
def test_no_figure_switches_nothing(rule: str) -> None:
    line = Timeline(rules=rules())
    feed(line, {}, 0, 60)
    assert told(line, rule) == []
    feed(line, SPEAKING[rule], 61, 100)
    feed(line, {}, 101, 400)
    assert told(line, rule) == ["raised"]


@pytest.mark.parametrize("rule", RULES)
def test_low_quality_never_ends_it(rule: str) -> None:
    line = Timeline(rules=rules())
    feed(line, SPEAKING[rule], 0, 40)
    feed(line, QUIET[rule], 41, 400, quality=0.1)
    assert told(line, rule) == ["raised"]


@pytest.mark.parametrize("rule", RESEARCH)
def test_what_is_a_matter_of_research_is_a_sign_and_no_alert_unless_the_site_says_so(rule: str) -> None:
    line = Timeline()
    feed(line, SPEAKING[rule], 0, 40)
    assert told(line, rule) == []
    assert rule in line.signs()


def test_an_alert_of_a_rule_that_became_a_sign_is_closed() -> None:
    line = Timeline(rules=rules())
    feed(line, SPEAKING["pressure"], 0, 40)
    line.rules = rules(pressure={"alerts": False})
    feed(line, SPEAKING["pressure"], 41, 42)
    assert told(line, "pressure") == ["raised", "cleared"]


def test_a_crowd_that_stands_with_nobody_coming_is_no_standstill_under_inflow() -> None:
    shut = GateFlow(gate="a", width_m=2, in_per_m_min=2, out_per_m_min=1, net_people=3)
    line = Timeline(rules=rules())
    feed(line, SPEAKING["standstill"] | {"gates": (shut,)}, 0, 60)
    assert told(line, "standstill") == []
    busy = shut.model_copy(update={"in_per_m_min": 40})
    feed(line, SPEAKING["standstill"] | {"gates": (shut, busy)}, 61, 90)
    assert told(line, "standstill") == ["raised"]


figures = st.fixed_dictionaries(
    {},
    optional={
        "rate_per_m2_per_min": st.floats(-5, 5),
        "pressure_per_s2": st.floats(0, 0.1),
        "divergence_per_s": st.floats(-1, 1),
        "speed_m_s": st.floats(0, 2),
        "counterflow_share": st.floats(0, 0.5),
    },
)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 8), figures), max_size=80), st.integers(1, 20))
def test_each_rule_raises_before_it_clears_and_has_one_alert_at_most(
    series: list[tuple[float, dict[str, Any]]], every_s: int
) -> None:
    line = Timeline(rules=rules())
    for number, (density, found) in enumerate(series):
        line.see(reading(number * every_s, density).model_copy(update=found))
    for rule in FIGURE_RULES:
        changes = [event.change for event in line.events if event.rule == rule]
        assert all(change is (AlertChange.RAISED, AlertChange.CLEARED)[n % 2] for n, change in enumerate(changes))
        assert (rule in line.state.open_alerts) is bool(len(changes) % 2)
