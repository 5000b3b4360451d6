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
from workers.validate.against_pedpy import PedpyDensity, has_pedpy, pedpy_density
from workers.validate.alarms import COUNTED, HOUR_S, TRUE_HEADS, AlarmRow, alarm_rows, counted_timelines, true_timelines
from workers.validate.counted import Pair, counted_pairs, counted_row
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
from workers.validate.unseen import unseen_coverage
from workers.validate.views import floor_of, view_of

Say = Callable[[str], None]


@dataclass(frozen=True)
class Effort:
    """How much is looked at.

    moments_every_s: of the ground's truth       pictures: counted a scenario      motion_s: seconds of flow a region
    moving: scenarios whose flow is measured     calm_s: how long a calm crowd is watched
    seeds: times each growing crowd is foreseen  filmed: rules are run on counted pictures too
    unseen: cameras on which the band is held against the truth
    """

    moments_every_s: float
    pictures: int
    motion_s: float
    moving: tuple[str, ...] | None
    calm_s: float
    seeds: int
    unseen: int
    filmed: bool


AFTER_THE_CRUSH_S = 5.0
QUICK = Effort(6.0, 4, 6.0, ("gate", "calm", "evacuation"), HOUR_S / 5, 1, 20, filmed=False)
WHOLE = Effort(2.0, 24, 20.0, None, HOUR_S, 3, 40, filmed=True)


@dataclass(frozen=True)
class ScenarioFindings:
    """What one scenario showed; pedpy: None where PedPy is not installed."""

    ground: list[GroundRow]
    pedpy: list[PedpyRow] | None
    pairs: list[Pair]
    motion: list[MotionRow]
    alarms: list[AlarmRow]


def validate_all(
    effort: Effort, engine: Engine, table: BandTable | None, say: Say, names: Sequence[str] = scenario_names()
) -> Findings:
    """Scenario by scenario, for drawn people take memory; say: told of each that is done."""
    found: dict[str, ScenarioFindings] = {}
    for number, name in enumerate(names, start=1):
        found[name] = validate_scenario(open_scenario(name), effort, engine, table)
        say(f"{number} of {len(names)}: {name}")
    return Findings(
        ground=[row for each in found.values() for row in each.ground],
        pedpy=[row for each in found.values() for row in each.pedpy or ()] if has_pedpy() else None,
        counted=[counted_row(name, each.pairs) for name, each in found.items()],
        motion=[row for each in found.values() for row in each.motion],
        alarms=[row for each in found.values() for row in each.alarms],
        growing=score_growing(range(effort.seeds)),
        coverage=unseen_coverage(engine, table, effort.unseen),
    )


def validate_scenario(scenario: Scenario, effort: Effort, engine: Engine, table: BandTable | None) -> ScenarioFindings:
    """Every stage."""
    times_s = np.arange(0, scenario.duration_s, effort.moments_every_s)
    ground, pedpy = ground_of(scenario, [scenario.crowd_at(float(time_s)) for time_s in times_s], TILTS_DEG)
    return ScenarioFindings(
        ground=ground,
        pedpy=pedpy,
        pairs=counted_of(scenario, engine, table, effort.pictures),
        motion=motion_of(scenario, effort),
        alarms=alarms_of(scenario, effort, engine),
    )


def ground_of(
    scenario: Scenario, moments: Sequence[Moment], tilts_deg: Sequence[float]
) -> tuple[list[GroundRow], list[PedpyRow] | None]:
    """Every region of a scenario under a camera of each tilt; None for PedPy's where it is not installed."""
    rows: list[GroundRow] = []
    theirs: list[PedpyRow] = []
    for region in scenario.camera().regions:
        floor = floor_of(scenario, region)
        true = true_series(floor, moments)
        walked = any(len(moment.ids) for moment in moments)
        pedpy = pedpy_density(floor, moments) if walked and has_pedpy() else None
        for tilt_deg in tilts_deg:
            view = view_of(scenario, region, tilt_deg)
            measured = measured_series(view, moments)
            rows.append(ground_row(view, measured, true))
            if pedpy is not None:
                theirs.append(pedpy_row(scenario.name, region, tilt_deg, measured, pedpy))
    return rows, theirs if has_pedpy() else None


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
    if not effort.filmed:
        return rows
    crush_s = [passed_s for timeline in cycle.values() for passed_s in passings_s(timeline, CRUSH_PER_M2)[:1]]
    drawn_s = max(crush_s) + AFTER_THE_CRUSH_S if crush_s else scenario.duration_s
    seen = counted_timelines(scenario, engine, drawn_s, effort.calm_s if is_calm else drawn_s)
    return rows + alarm_rows(scenario, seen, COUNTED)


def motion_of(scenario: Scenario, effort: Effort) -> list[MotionRow]:
    """Every region, where anybody is and the effort asks for it."""
    if not len(scenario.heights_m) or (effort.moving is not None and scenario.name not in effort.moving):
        return []
    return [motion_row(scenario, region, effort.motion_s) for region in scenario.camera().regions]
