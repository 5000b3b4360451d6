"""A scenario's rules run beside its truth."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crushwatch.rules.assess import raised
from crushwatch.simulate import Scenario, open_scenario
from workers.replay.witness import CAMERA, scenario_moments, scenario_site, witness

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def gate() -> Scenario:
    return open_scenario("gate")


def test_a_scenario_is_witnessed_at_the_rate_of_analysis_without_a_picture(gate: Scenario) -> None:
    site = scenario_site(gate)
    moments = list(scenario_moments(gate, site, 20.0))
    (timeline,) = witness(site, CAMERA, zip(moments, moments, strict=True)).values()
    assert [moment.at_s for moment in timeline] == [number / 2 for number in range(40)]
    assert all(0 <= moment.mean_per_m2 <= moment.judged_per_m2 < 1 for moment in timeline)


def test_the_rules_see_what_was_counted_and_the_truth_stays_beside_it(gate: Scenario) -> None:
    site = scenario_site(gate)
    true = list(scenario_moments(gate, site, 20.0))
    counted = [replace(moment, people=moment.people + 0.1) for moment in true]
    (timeline,) = witness(site, CAMERA, zip(counted, true, strict=True)).values()
    assert [event.level for _at_s, event in raised(timeline)] == ["critical"]
    assert max(moment.judged_per_m2 for moment in timeline) < 1


def test_a_scenarios_site_takes_rules_of_ones_own(gate: Scenario) -> None:
    site = scenario_site(gate, rules={"clear_after_s": 7})
    assert site.rules.clear_after_s == 7
    assert site.cameras[CAMERA].source.reveal() == "sim:gate"
