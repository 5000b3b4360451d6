"""The scenarios one after the other, stage by stage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from crushwatch.models.band import BandTable
from crushwatch.rules.assess import CRUSH_PER_M2, passings_s
from crushwatch.simulate import Scenario, open_scenario, scenario_names
from crushwatch.simulate.crowd import Moment
from workers.infer.engine import Engine
from workers.validate.against_pedpy import HOW_TO_INSTALL, PedpyDensity, has_pedpy, pedpy_density
from workers.validate.alarms import COUNTED, HOUR_S, TRUE_HEADS, AlarmRow, alarm_rows, counted_timelines, true_timelines
from workers.validate.counted import Pair, counted_pairs, counted_row, coverage_of
from workers.validate.findings import Findings, PedpyRow
from workers.validate.growing import score_growing
from workers.validate.motion import MotionRow, motion_row
from workers.validate.on_ground import (
    THIN_PER_M2,
    TILTS_DEG,
    GroundRow,
    RegionSeries,
    ground_row,
    measured_series,
    share_off,
    true_series,
)
from workers.validate.report import alarm_lines, counted_lines, forecast_lines, ground_lines, motion_lines
from workers.validate.views import outline_of, view_of

Say = Callable[[str], None]


@dataclass(frozen=True)
class Effort:
    """How much is looked at.

    moments_every_s: of the ground's truth       pictures: counted a scenario      motion_s: seconds of flow a region
    moving: scenarios whose flow is measured     calm_s: how long a calm crowd is watched
    seeds: times each growing crowd is foreseen  filmed: rules are run on counted pictures too
    """

    moments_every_s: float
    pictures: int
    motion_s: float
    moving: tuple[str, ...] | None
    calm_s: float
    seeds: int
    filmed: bool


AFTER_THE_CRUSH_S = 5.0
QUICK = Effort(6.0, 4, 6.0, ("gate", "calm", "evacuation"), HOUR_S / 3, 1, filmed=False)
WHOLE = Effort(2.0, 24, 20.0, None, HOUR_S, 3, filmed=True)


def validate_all(
    effort: Effort, engine: Engine, table: BandTable | None, say: Say, names: Sequence[str] = scenario_names()
) -> Findings:
    """Every stage on every scenario; each stage is told as soon as it is done."""
    scenarios = [open_scenario(name) for name in names]
    ground, pedpy = _ground(scenarios, effort)
    say("\n".join(ground_lines(ground, pedpy)))
    pairs = {scenario.name: counted_of(scenario, engine, table, effort.pictures) for scenario in scenarios}
    counted = [counted_row(name, found) for name, found in pairs.items()]
    coverage = coverage_of([pair for found in pairs.values() for pair in found])
    say("\n".join(counted_lines(counted, coverage)))
    motion = _motion(scenarios, effort)
    say("\n".join(motion_lines(motion)))
    alarms = [row for scenario in scenarios for row in alarms_of(scenario, effort, engine)]
    say("\n".join(alarm_lines(alarms)))
    found = Findings(ground, pedpy, counted, motion, alarms, score_growing(range(effort.seeds)), coverage)
    say("\n".join(forecast_lines(found)))
    if pedpy is None:
        say(f"The comparison with PedPy {HOW_TO_INSTALL}")
    return found


def ground_of(
    scenario: Scenario, moments: Sequence[Moment], tilts_deg: Sequence[float]
) -> tuple[list[GroundRow], list[PedpyRow]]:
    """Every region of a scenario under a camera of each tilt; PedPy's rows are none where it is not installed."""
    rows: list[GroundRow] = []
    theirs: list[PedpyRow] = []
    for region in scenario.camera().regions:
        outline = outline_of(scenario, region)
        true = true_series(outline, moments)
        walked = any(len(moment.ids) for moment in moments)
        pedpy = pedpy_density(outline, moments) if walked and has_pedpy() else None
        for tilt_deg in tilts_deg:
            view = view_of(scenario, region, tilt_deg)
            measured = measured_series(view, moments)
            rows.append(ground_row(view, measured, true))
            if pedpy is not None:
                theirs.append(pedpy_row(scenario.name, region, tilt_deg, measured, pedpy))
    return rows, theirs


def pedpy_row(scenario: str, region: str, tilt_deg: float, measured: RegionSeries, theirs: PedpyDensity) -> PedpyRow:
    """Ours against theirs, over the moments that are not thin."""
    crowded = theirs.classic_per_m2 >= THIN_PER_M2
    chosen = [at for at in theirs.voronoi_at if crowded[at]]
    voronoi = theirs.voronoi_per_m2[[crowded[at] for at in theirs.voronoi_at]]
    return PedpyRow(
        scenario=scenario,
        region=region,
        tilt_deg=tilt_deg,
        classic_difference=share_off(measured.density_per_m2[crowded], theirs.classic_per_m2[crowded]),
        voronoi_difference=share_off(measured.density_per_m2[chosen], voronoi),
    )


def counted_of(scenario: Scenario, engine: Engine, table: BandTable | None, pictures: int) -> list[Pair]:
    """Pictures evenly over the cycle."""
    times_s = (np.arange(pictures) + 0.5) * scenario.duration_s / pictures
    return counted_pairs(scenario, engine, table, times_s.tolist())


def alarms_of(scenario: Scenario, effort: Effort, engine: Engine) -> list[AlarmRow]:
    """One cycle; a crowd that stays calm in it for longer. With `filmed` also as it is counted, up to the crush."""
    cycle = true_timelines(scenario, scenario.duration_s)
    rows = alarm_rows(scenario, cycle, TRUE_HEADS)
    is_calm = all(row.false_alerts is not None for row in rows)
    if is_calm:
        rows = alarm_rows(scenario, true_timelines(scenario, effort.calm_s), TRUE_HEADS)
    crush_s = [passed_s for timeline in cycle.values() for passed_s in passings_s(timeline, CRUSH_PER_M2)[:1]]
    if effort.filmed and crush_s:
        drawn_s = max(crush_s) + AFTER_THE_CRUSH_S
        return rows + alarm_rows(scenario, counted_timelines(scenario, engine, drawn_s, drawn_s), COUNTED)
    if effort.filmed and is_calm and len(scenario.heights_m):
        seen = counted_timelines(scenario, engine, scenario.duration_s, effort.calm_s)
        return rows + alarm_rows(scenario, seen, COUNTED)
    return rows


def _ground(scenarios: Sequence[Scenario], effort: Effort) -> tuple[list[GroundRow], list[PedpyRow] | None]:
    rows: list[GroundRow] = []
    theirs: list[PedpyRow] = []
    for scenario in scenarios:
        times_s = np.arange(0, scenario.duration_s, effort.moments_every_s)
        found, compared = ground_of(scenario, [scenario.crowd_at(float(time_s)) for time_s in times_s], TILTS_DEG)
        rows, theirs = rows + found, theirs + compared
    return rows, theirs if has_pedpy() else None


def _motion(scenarios: Sequence[Scenario], effort: Effort) -> list[MotionRow]:
    return [
        motion_row(scenario, region, effort.motion_s)
        for scenario in scenarios
        if len(scenario.heights_m) and (effort.moving is None or scenario.name in effort.moving)
        for region in scenario.camera().regions
    ]
