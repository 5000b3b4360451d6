"""Counts, motion, alarms and forecasts: what is right comes out right, and what is broken is found out."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from crushwatch.messages import AlertChange, AlertEvent, Level
from crushwatch.models import find_model
from crushwatch.models.band import BandLevel, BandTable
from crushwatch.rules import RegionRules
from crushwatch.rules.assess import ForecastScore, Witnessed
from crushwatch.simulate import Scenario, open_scenario
from crushwatch.site import Region, Rules
from workers.infer.choose import open_engine
from workers.infer.engine import Engine
from workers.replay.run import START
from workers.validate.against_pedpy import has_pedpy, pedpy_density
from workers.validate.alarms import AlarmRow, alarm_row, counted_timelines, true_timelines
from workers.validate.counted import Pair, counted_pairs, counted_row, coverage_of
from workers.validate.findings import Findings, PedpyRow
from workers.validate.growing import growing_crowds, score_growing
from workers.validate.motion import busiest, crossings_by_frame, middle_line, motion_row
from workers.validate.on_ground import GroundRow, true_series
from workers.validate.report import alarm_lines, all_lines, counted_lines, forecast_lines, ground_lines
from workers.validate.run import Effort, ground_of, pedpy_row, validate_all
from workers.validate.views import floor_of, outline_of

REGION = "before-gate"
LEVELS = BandLevel(people_per_block=1, low=-2, high=2, pictures=30, windows=600)
TABLE = BandTable(model_sha256="", count=(LEVELS,), peak=(LEVELS,))
TINY = Effort(moments_every_s=60, pictures=1, motion_s=1, moving=("calm",), calm_s=30, seeds=1, unseen=1, filmed=False)


class Blind:
    """A network that sees nobody."""

    name, precision, device = "blind", "fp32", "none"

    def infer(self, images: np.ndarray) -> np.ndarray:
        return np.zeros((len(images), images.shape[1] // 8, images.shape[2] // 8), np.float32)

    def close(self) -> None:
        """Nothing to give back."""


@pytest.fixture(scope="module")
def gate() -> Scenario:
    return open_scenario("gate")


@pytest.fixture(scope="module")
def engine() -> Engine:
    return open_engine("openvino", find_model("compact"), batch_size=1)


def test_the_shipped_network_counts_a_crowd_and_its_band_holds_the_truth(gate: Scenario, engine: Engine) -> None:
    pairs = counted_pairs(gate, engine, TABLE, [100.0, 120.0])
    row = counted_row("gate", pairs)
    assert row.true_per_m2 is not None
    assert row.true_per_m2 > 2
    assert row.density_mae is not None
    assert row.density_mae < 0.25 * row.true_per_m2
    assert row.coverage == 1.0


def test_a_network_that_sees_nobody_is_found_out(gate: Scenario) -> None:
    row = counted_row("gate", counted_pairs(gate, Blind(), TABLE, [75.0]))
    assert row.density_bias == pytest.approx(-(row.true_per_m2 or 0))
    assert row.coverage == 0.0
    assert row.count_bias == pytest.approx(-row.true_count)


def test_without_a_table_of_errors_there_is_no_coverage(gate: Scenario) -> None:
    assert coverage_of(counted_pairs(gate, Blind(), None, [75.0])) is None
    assert any("no table" in line for line in counted_lines([], None))


def test_without_an_area_the_count_is_held_against_its_interval() -> None:
    pair = Pair("picture", count=10, true_count=10, density_per_m2=None, true_per_m2=None)
    assert pair.inside is None
    assert counted_row("picture", [pair]).density_mae is None


def test_those_who_cross_a_line_are_counted_once_each_way(gate: Scenario) -> None:
    line = middle_line(outline_of(gate, REGION))
    from_s, people = busiest(gate, line, 10.0)
    by_frame = crossings_by_frame(gate, line)
    assert len(by_frame) == gate.duration_s * gate.frame_rate_hz - 1
    assert people == by_frame[round(from_s * 10) : round(from_s * 10) + 100].sum() > 10


def test_optical_flow_on_drawn_walkers_gives_their_speed() -> None:
    row = motion_row(open_scenario("calm"), "concourse", seconds=3.0)
    assert row.true_m_s > 0.4
    assert row.speed_error == pytest.approx(0, abs=0.25)


def test_pedpys_classic_density_is_people_over_area(gate: Scenario) -> None:
    moments = [gate.crowd_at(time_s) for time_s in (60.0, 90.0)]
    floor = floor_of(gate, REGION)
    theirs, true = pedpy_density(floor, moments), true_series(floor, moments)
    assert theirs.classic_per_m2 == pytest.approx(true.density_per_m2)
    assert theirs.voronoi_per_m2 == pytest.approx(true.density_per_m2, rel=0.15)
    row = pedpy_row("gate", REGION, 30, true, theirs)
    assert row.classic_difference == pytest.approx(0, abs=1e-9)


def test_without_pedpy_everything_else_is_measured(gate: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pedpy", None)
    assert not has_pedpy()
    rows, theirs = ground_of(gate, [gate.crowd_at(90.0)], (30.0,))
    assert len(rows) == 1
    assert theirs is None


RULES = RegionRules.of(Rules(), Region(polygon_m=((0, 0), (6, 0), (6, 6), (0, 6))))


def raised(at_s: float, level: Level = Level.ALERT) -> AlertEvent:
    return AlertEvent(
        site="s", camera="c", region="r", rule="levels", change=AlertChange.RAISED, level=level, because="dense",
        alert_id="a", event_id=f"e{at_s}", previous_level=Level.CLEAR, captured_at=START, published_at=START,
    )  # fmt: skip


def timeline(densities: list[float], alert_at_s: float | None = None) -> list[Witnessed]:
    return [
        Witnessed(float(second), density, density, None, (raised(second),) if second == alert_at_s else ())
        for second, density in enumerate(densities)
    ]


def test_the_lead_is_the_time_from_the_first_alert_to_the_crush() -> None:
    row = alarm_row("gate", "r", RULES, timeline([0.05 * second for second in range(200)], alert_at_s=50), "true heads")
    assert row.lead_s == 70
    assert row.false_alerts is None
    assert "MISSED" not in " ".join(alarm_lines([row]))
    late = replace(row, lead_s=12.0)
    assert "Shortest lead: 12 s" in " ".join(alarm_lines([row, late]))
    assert "MISSED" in " ".join(alarm_lines([row, late]))


def test_an_alert_over_a_calm_crowd_is_false() -> None:
    row = alarm_row("calm", "r", RULES, timeline([0.3] * 3601, alert_at_s=50), "true heads")
    assert (row.lead_s, row.false_alerts) == (None, 1)
    assert findings(alarms=[row]).false_per_hour == 1.0


def test_rules_run_on_true_heads_and_on_what_is_counted(engine: Engine) -> None:
    calm = open_scenario("calm")
    true = true_timelines(calm, 10.0)["concourse"]
    counted = counted_timelines(calm, engine, drawn_s=1.0, seconds=3.0)["concourse"]
    assert [len(true), len(counted)] == [20, 3]
    assert [moment.at_s for moment in counted] == [0, 1, 2]


def test_growing_crowds_are_foreseen_a_minute_ahead() -> None:
    score = score_growing(range(1))
    assert len(growing_crowds()) == 6
    assert score.median_error_s is not None
    assert score.median_error_s < 40
    assert score.hours == 0


def test_leads_and_forecasts_of_true_heads_and_of_counted_ones_are_told_apart() -> None:
    true = AlarmRow("gate", "r", "true heads", 0.1, 7.0, 90.0, None, ForecastScore((10.0, -20.0), hours=0.1))
    counted = replace(true, seen_as="counted", lead_s=75.0, forecast=ForecastScore((-50.0,), hours=0.1))
    said = findings(alarms=[true, counted, replace(true, scenario="rush", lead_s=12.0)]).as_json()
    assert said["alarms"]["lead_s_min"] == 75.0  # type: ignore[index]
    assert said["alarms"]["lead_s"] == {  # type: ignore[index]
        "true heads": {"gate": 90.0, "rush": 12.0}, "counted": {"gate": 75.0},
    }  # fmt: skip
    assert said["forecast"]["median_error_s"] == 15.0  # type: ignore[index]
    assert said["forecast"]["counted"]["median_error_s"] == 50.0  # type: ignore[index]


def findings(**more: object) -> Findings:
    row = GroundRow("gate", "r", 15.0, 3.0, -0.03, -0.03, 0.12, 0.04, 1.0)
    nothing: dict[str, object] = {
        "ground": [row, replace(row, tilt_deg=30.0, count_error=0.01)], "pedpy": None, "counted": [], "motion": [],
        "alarms": [], "growing": ForecastScore(), "coverage": None,
    }  # fmt: skip
    return Findings(**nothing | more)  # type: ignore[arg-type]


def test_the_object_has_the_worst_of_every_figure() -> None:
    said = findings().as_json()
    assert said["ground"] == {
        "region_count_error": 0.03, "mean_density_error": 0.03, "peak_density_error": 0.12,
        "pedpy_density_difference": None, "pedpy_voronoi_difference": None,
    }  # fmt: skip
    assert said["alarms"] == {
        "lead_s_min": None, "false_per_hour": 0.0, "lead_s": {"true heads": {}, "counted": {}},
    }  # fmt: skip
    assert said["band"] == {"coverage": None}
    compared = findings(pedpy=[PedpyRow("gate", "r", 15.0, -0.04, 0.01)]).as_json()["ground"]
    assert isinstance(compared, dict)
    assert compared["pedpy_density_difference"] == 0.04


def test_the_table_names_the_worst_scenario_and_tilt_and_what_missed_its_target() -> None:
    lines = "\n".join(ground_lines(findings().ground, None))
    assert "Worst region_count_error: 3.0 %, gate, r at 15°; target within 2 %: MISSED" in lines
    assert "Worst mean_density_error: 3.0 %, gate, r at 15°; target within 3 %: met" in lines
    assert "none a minute ahead" in forecast_lines(findings())[0]
    assert all_lines(findings())[-1].endswith("pip install pedpy")


def test_all_stages_follow_one_another_and_say_what_they_found(engine: Engine) -> None:
    said: list[str] = []
    found = validate_all(TINY, engine, TABLE, said.append, names=("empty",))
    assert said == ["1 of 1: empty"]
    text = "\n".join(all_lines(found))
    for stage in ("ground, true heads", "counted, per m²", "motion", "alarms", "Forecast of the time"):
        assert stage in text
    told = found.as_json()
    assert set(told) == {"ground", "counted", "motion", "forecast", "alarms", "band"}
    assert set(told["counted"]) == {"empty"}  # type: ignore[call-overload]
    assert [row.false_alerts for row in found.alarms] == [0]
