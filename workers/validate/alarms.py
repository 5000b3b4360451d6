"""The rules on the scenarios: how long before a crush the first alert comes, and what is raised over calm crowds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from crushwatch.messages import Level
from crushwatch.rules import RegionRules
from crushwatch.rules.assess import ForecastScore, Timeline, false_alarms, hours, leads_s, score_forecasts
from crushwatch.simulate import Scenario, scenario_names
from crushwatch.site import Camera, Site
from workers.capture.picture import ArrayPicture
from workers.capture.source import Truth
from workers.counting.counter import count_on_lattice
from workers.infer.engine import Engine
from workers.replay.moment import Moment
from workers.replay.witness import CAMERA, scenario_moments, scenario_site, witness

HOUR_S = 3600.0
COUNTED_HZ = 1.0
"""Pictures counted a second: half of a camera's default, for each costs a tenth of a second and more."""
TRUE_HEADS, COUNTED = "true heads", "counted"


@dataclass(frozen=True)
class AlarmRow:
    """One region of one scenario. lead_s: of the crush with the shortest one; None where it never comes to one.

    false_alerts: raised over a crowd that stays below the first level; None where it does not
    """

    scenario: str
    region: str
    seen_as: str
    hours: float
    highest_per_m2: float
    lead_s: float | None
    false_alerts: int | None
    forecast: ForecastScore

    @property
    def in_time(self) -> bool:
        """Whether there is a minute to be told before: not in a rush that fills a region in less than that."""
        return self.scenario not in scenario_names("sudden")


def true_timelines(scenario: Scenario, seconds: float) -> dict[str, Timeline]:
    """The rules on true heads and true velocities, by region."""
    site = scenario_site(scenario)
    moments = scenario_moments(scenario, site, seconds)
    return dict(witness(site, CAMERA, ((moment, moment) for moment in moments)))


def counted_timelines(scenario: Scenario, engine: Engine, drawn_s: float, seconds: float) -> dict[str, Timeline]:
    """The rules on what the network counts in the drawn scenario, by region.

    Only the first `drawn_s` are drawn; then they are shown again until `seconds` are over. The optical flow is left
    out: it feeds the signs, which raise no alert.
    """
    site = _counted_site(scenario)
    counted = list(_counted_moments(scenario, site.cameras[CAMERA], engine, drawn_s))
    true = list(scenario_moments(scenario, site, drawn_s))
    turns = max(1, round(seconds / drawn_s))
    pairs = (
        (replace(said, time_s=said.time_s + turn * drawn_s), replace(was, time_s=was.time_s + turn * drawn_s))
        for turn in range(turns)
        for said, was in zip(counted, true, strict=True)
    )
    return dict(witness(site, CAMERA, pairs))


def alarm_rows(scenario: Scenario, timelines: dict[str, Timeline], seen_as: str) -> list[AlarmRow]:
    """A row a region."""
    site = scenario_site(scenario)
    camera = site.cameras[CAMERA]
    return [
        alarm_row(scenario.name, key, RegionRules.of(site.rules, camera.regions[key]), timeline, seen_as)
        for key, timeline in timelines.items()
    ]


def alarm_row(scenario: str, region: str, rules: RegionRules, timeline: Timeline, seen_as: str) -> AlarmRow:
    """What became of one region's timeline."""
    highest = max((moment.judged_per_m2 for moment in timeline), default=0.0)
    return AlarmRow(
        scenario=scenario,
        region=region,
        seen_as=seen_as,
        hours=hours(timeline),
        highest_per_m2=highest,
        lead_s=min(leads_s(timeline), default=None),
        false_alerts=false_alarms(timeline) if highest < rules.threshold(Level.NOTICE) else None,
        forecast=score_forecasts(rules, timeline),
    )


def _counted_site(scenario: Scenario) -> Site:
    site = scenario_site(scenario)
    camera = site.cameras[CAMERA].model_copy(update={"analysis_rate_hz": COUNTED_HZ})
    return site.model_copy(update={"cameras": {CAMERA: camera}})


def _counted_moments(scenario: Scenario, camera: Camera, engine: Engine, seconds: float) -> Iterator[Moment]:
    for number in range(round(seconds * camera.analysis_rate_hz)):
        frame = scenario.frame(number / camera.analysis_rate_hz)
        people, lattice = count_on_lattice(ArrayPicture(frame.image), camera, engine)
        truth = Truth(frame.heads_px, frame.feet_m)
        yield Moment(number / camera.analysis_rate_hz, people, lattice, truth=truth)
