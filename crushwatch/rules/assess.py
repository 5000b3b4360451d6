"""How well the rules did on crowds that are known: how early they spoke, how far forecasts were off, what was false.

A timeline is one region, moment by moment: what was true, and what the rules said of what was measured or counted.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crushwatch.messages import RAISED_LEVELS, SEVERITY, AlertChange, AlertEvent, Forecast, Level
from crushwatch.rules import forecast as forecast_rule
from crushwatch.rules.settings import RegionRules

CRUSH_PER_M2 = 6.0
"""Above Fruin's 5.55, where forces become dangerous: an alert must have come before."""
AHEAD_S = 60.0
NEAR_S = 1.5
"""A moment this near to the one asked for stands for it."""
LEFT_SHARE = 0.85
"""A density is passed anew only after it was this share below, as the rules' own hysteresis has it."""


@dataclass(frozen=True)
class Witnessed:
    """One moment of one region.

    at_s: seconds from the beginning      mean_per_m2: the true density of the region
    judged_per_m2: the true figure that the rules hold against their levels, as the worst of mean and 3 m x 3 m peak
    forecast, events: what was said at that moment
    """

    at_s: float
    mean_per_m2: float
    judged_per_m2: float
    forecast: Forecast | None = None
    events: tuple[AlertEvent, ...] = ()


Timeline = Sequence[Witnessed]


@dataclass(frozen=True)
class ForecastScore:
    """errors_s: of the time to a level, each `AHEAD_S` before it was truly passed, foreseen less true.

    in_band: how many of them had the truth in their 90 % band     missed: passings of which nothing was foreseen then
    alerts, false_alerts: of the rule `forecast`                   hours: how long was watched
    """

    errors_s: tuple[float, ...] = ()
    in_band: int = 0
    missed: int = 0
    alerts: int = 0
    false_alerts: int = 0
    hours: float = 0.0

    @property
    def median_error_s(self) -> float | None:
        """The median of the errors without their sign; None where nothing was foreseen."""
        return statistics.median(abs(error) for error in self.errors_s) if self.errors_s else None

    @property
    def false_per_hour(self) -> float:
        """Alerts `forecast` after which the level was not passed, an hour."""
        return self.false_alerts / self.hours if self.hours else 0.0

    def __add__(self, other: ForecastScore) -> ForecastScore:
        return ForecastScore(
            errors_s=self.errors_s + other.errors_s,
            in_band=self.in_band + other.in_band,
            missed=self.missed + other.missed,
            alerts=self.alerts + other.alerts,
            false_alerts=self.false_alerts + other.false_alerts,
            hours=self.hours + other.hours,
        )


def score_forecasts(rules: RegionRules, timeline: Timeline) -> ForecastScore:
    """The forecasts of one region against what came."""
    errors, in_band, missed = [], 0, 0
    for level, passed_s in _passings_of_levels(rules, timeline):
        before = _moment_at(timeline, passed_s - AHEAD_S)
        if before is None:  # it was not watched then
            continue
        found = forecast_rule.foreseen(before.forecast, level)
        true_s = passed_s - before.at_s
        if found is None:
            missed += 1
            continue
        errors.append(found.in_s - true_s)
        in_band += found.earliest_s <= true_s and (found.latest_s is None or true_s <= found.latest_s)
    told_s = [at_s for at_s, event in raised(timeline) if event.rule == forecast_rule.RULE]
    return ForecastScore(
        errors_s=tuple(errors),
        in_band=in_band,
        missed=missed,
        alerts=len(told_s),
        false_alerts=sum(not _comes_true(rules, timeline, at_s) for at_s in told_s),
        hours=hours(timeline),
    )


def leads_s(
    timeline: Timeline, *, per_m2: float = CRUSH_PER_M2, least: Level = Level.ALERT, peak: bool = True
) -> tuple[float, ...]:
    """For each time the truth passes `per_m2`: how long before it the first alert of at least `least` was there.

    peak: the truth is the judged figure, else the region's mean. Negative where the alert came too late; where none
    came, as long as the truth stayed unannounced to the end of the timeline.
    """
    told_s = [at_s for at_s, event in raised(timeline) if SEVERITY[event.level] >= SEVERITY[least]]
    end_s = timeline[-1].at_s if timeline else 0.0
    return tuple(
        passed_s - next((at_s for at_s in told_s if at_s >= since_s), end_s)
        for since_s, passed_s in _build_ups_s(timeline, per_m2, peak=peak)
    )


def raised(timeline: Timeline) -> list[tuple[float, AlertEvent]]:
    """Every alert that was raised or escalated, with its second."""
    return [
        (moment.at_s, event)
        for moment in timeline
        for event in moment.events
        if event.change in (AlertChange.RAISED, AlertChange.ESCALATED)
    ]


def false_alarms(timeline: Timeline) -> int:
    """Alerts raised, each once, in a timeline of a crowd that never was a danger."""
    return len({event.alert_id for _at_s, event in raised(timeline)})


def hours(timeline: Timeline) -> float:
    """How long was watched."""
    return (timeline[-1].at_s - timeline[0].at_s) / 3600 if timeline else 0.0


def passings_s(timeline: Timeline, per_m2: float, *, peak: bool = True) -> list[float]:
    """When the truth came to or above a density from below."""
    return [passed_s for _since_s, passed_s in _build_ups_s(timeline, per_m2, peak=peak)]


def false_per_hour(calm: Iterable[Timeline]) -> float:
    """False alarms an hour over all timelines of calm crowds; 0 where nothing was watched."""
    timelines = list(calm)
    watched_h = sum(hours(timeline) for timeline in timelines)
    return sum(false_alarms(timeline) for timeline in timelines) / watched_h if watched_h else 0.0


def _build_ups_s(timeline: Timeline, per_m2: float, *, peak: bool) -> list[tuple[float, float]]:
    """Since when the truth was below a density, and when it came to it; each time that it came to it."""
    found: list[tuple[float, float]] = []
    since_s: float | None = timeline[0].at_s if timeline else None
    for moment in timeline:
        density = moment.judged_per_m2 if peak else moment.mean_per_m2
        if since_s is not None and density >= per_m2:
            found.append((since_s, moment.at_s))
            since_s = None
        elif since_s is None and density < per_m2 * LEFT_SHARE:
            since_s = moment.at_s
    return found


def _passings_of_levels(rules: RegionRules, timeline: Timeline) -> list[tuple[Level, float]]:
    return [(level, at_s) for level in RAISED_LEVELS for at_s in passings_s(timeline, rules.threshold(level))]


def _moment_at(timeline: Timeline, at_s: float) -> Witnessed | None:
    nearest = min(timeline, key=lambda moment: abs(moment.at_s - at_s))
    return nearest if abs(nearest.at_s - at_s) <= NEAR_S else None


def _comes_true(rules: RegionRules, timeline: Timeline, told_s: float) -> bool:
    """Whether the truth passes the level within twice the time for which it was foreseen."""
    threshold, until_s = rules.threshold(rules.forecast.level), told_s + 2 * rules.forecast.within_s
    return any(told_s <= moment.at_s <= until_s and moment.judged_per_m2 >= threshold for moment in timeline)
