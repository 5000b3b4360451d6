"""All rules of a region, and all of a camera: (rules, state, reading, now) -> (state, events)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from crushwatch.messages import AlertEvent, Hold, Level, RegionReading, worst
from crushwatch.rules import capacity, compression, counterflow, forecast, levels, pressure, rise, sight, standstill
from crushwatch.rules.holds import capacity_hold, figure_hold, level_hold
from crushwatch.rules.latch import Latch, State, interrupted
from crushwatch.rules.levels import LevelsState
from crushwatch.rules.life import OpenAlert, Subject, Verdict, next_life
from crushwatch.rules.settings import RegionRules
from crushwatch.rules.sight import CameraSight, SightState
from crushwatch.site import CameraRules

Judgement = Callable[[RegionRules, Latch, RegionReading, datetime], tuple[Latch, Verdict]]

FIGURE_RULES: dict[str, Judgement] = {
    rise.RULE: rise.judge_rise,
    forecast.RULE: forecast.judge_forecast,
    pressure.RULE: pressure.judge_pressure,
    compression.RULE: compression.judge_compression,
    standstill.RULE: standstill.judge_standstill,
    counterflow.RULE: counterflow.judge_counterflow,
}
"""The rules of one latch each, by name. A site says of each whether it raises alerts or is shown as a sign."""


class RegionState(State):
    """What the rules remember of a region. `believed_at`: capture time of the last figure that may be believed."""

    levels: LevelsState = LevelsState()
    capacity: Latch = Latch()
    figures: dict[str, Latch] = {}  # noqa: RUF012  # pydantic copies defaults
    open_alerts: dict[str, OpenAlert] = {}  # noqa: RUF012  # pydantic copies defaults
    judged_at: AwareDatetime | None = None
    believed_at: AwareDatetime | None = None


class CameraState(State):
    """What the rules remember of a camera."""

    sight: SightState = SightState()
    open_alerts: dict[str, OpenAlert] = {}  # noqa: RUF012  # pydantic copies defaults


def judge_region(
    rules: RegionRules, state: RegionState, subject: Subject, reading: RegionReading
) -> tuple[RegionState, list[AlertEvent]]:
    """One reading further; time is its capture time. A gap before it breaks every run but changes no level."""
    now = reading.captured_at
    if state.judged_at is not None and now < state.judged_at - timedelta(seconds=rules.stale_after_s):
        # The wall clock was set back: begin to count from here.
        state = state.model_copy(update={"judged_at": None, "believed_at": None})
    if _gap_s(state, now) > rules.unknown_after_s:
        state = _interrupted(state)
    levels_after, levels_verdict = levels.judge_levels(rules, state.levels, reading, now)
    capacity_after, capacity_verdict = capacity.judge_capacity(rules, state.capacity, reading, now)
    figures_after, figure_verdicts = _judge_figures(rules, state.figures, reading, now)
    verdicts = {levels.RULE: levels_verdict, capacity.RULE: capacity_verdict} | figure_verdicts
    open_alerts, events = _live_on(subject, state.open_alerts, verdicts, now)
    believed = rules.believes(reading) and _has_figure(rules, reading)
    after = RegionState(
        levels=levels_after,
        capacity=capacity_after,
        figures=figures_after,
        open_alerts=open_alerts,
        judged_at=now,
        believed_at=now if believed else state.believed_at,
    )
    return after, [_with_action(rules, event) for event in events]


def region_level(rules: RegionRules, state: RegionState, now: datetime) -> Level:
    """The level to show now: unknown when there has been no figure to believe for `unknown_after_s`."""
    if state.believed_at is None:
        return Level.UNKNOWN
    age_s = (now - state.believed_at).total_seconds()
    if not -rules.stale_after_s <= age_s <= rules.unknown_after_s:  # of the future: the wall clock was set back
        return Level.UNKNOWN
    return worst([state.levels.level, Level.ALERT if state.capacity.on else Level.CLEAR])


def signs(rules: RegionRules, state: RegionState) -> tuple[str, ...]:
    """The rules whose condition holds but that the site does not let raise alerts."""
    return tuple(name for name, latch in state.figures.items() if latch.on and not rules.raises(name))


def holds(rules: RegionRules, state: RegionState, reading: RegionReading) -> tuple[Hold, ...]:
    """The alerts that stay although their figures no longer raise them, by the reading that `state` was judged by."""
    figures = [
        figure_hold(rules, name, alert.level, state.figures[name], reading)
        for name, alert in state.open_alerts.items()
        if name in state.figures
    ]
    found = [level_hold(rules, state.levels, reading), capacity_hold(rules, state.capacity, reading), *figures]
    return tuple(hold for hold in found if hold is not None)


def judge_camera(
    rules: CameraRules, state: CameraState, subject: Subject, seen: CameraSight, now: datetime, told_at: datetime
) -> tuple[CameraState, list[AlertEvent]]:
    """One look further at whether the camera gives pictures that mean something.

    now, as all moments of `seen`: by a clock that only runs, for how long things last. told_at: on the wall clock.
    """
    after, verdicts = sight.judge_sight(rules, state.sight, seen, now)
    open_alerts, events = _live_on(subject, state.open_alerts, verdicts, told_at)
    return CameraState(sight=after, open_alerts=open_alerts), events


def restarted(state: CameraState) -> CameraState:
    """After a restart everything holds, and every run begins anew: the clock that only runs may be another one."""
    return state.model_copy(update={"sight": sight.interrupt_sight(state.sight)})


def unwatched(subject: Subject, state: RegionState | CameraState, now: datetime) -> list[AlertEvent]:
    """The events that end the alerts of a region or camera that has left the site file or is switched off."""
    gone = Verdict(Level.CLEAR, "no longer watched: it has left the site file, or its camera is switched off")
    _none_left, events = _live_on(subject, state.open_alerts, dict.fromkeys(state.open_alerts, gone), now)
    return events


def _judge_figures(
    rules: RegionRules, latches: dict[str, Latch], reading: RegionReading, now: datetime
) -> tuple[dict[str, Latch], dict[str, Verdict | None]]:
    after: dict[str, Latch] = {}
    verdicts: dict[str, Verdict | None] = {}
    for name, judgement in FIGURE_RULES.items():
        after[name], verdict = judgement(rules, latches.get(name, Latch()), reading, now)
        verdicts[name] = verdict if rules.raises(name) else None
    return after, verdicts


def _with_action(rules: RegionRules, event: AlertEvent) -> AlertEvent:
    """With what the venue's plan says to do at this level, whichever rule raised it."""
    return event.model_copy(update={"action": rules.actions.get(event.level)})


def _interrupted(state: RegionState) -> RegionState:
    """After a gap: everything holds, and every run begins anew."""
    figures = {name: interrupted(latch) for name, latch in state.figures.items()}
    return state.model_copy(
        update={
            "levels": levels.interrupt_levels(state.levels),
            "capacity": interrupted(state.capacity),
            "figures": figures,
        }
    )


def _has_figure(rules: RegionRules, reading: RegionReading) -> bool:
    """Whether there is anything to hold against a rule: a count without an area or a capacity is never `clear`."""
    return levels.judged_density(rules, reading) is not None or rules.capacity_people is not None


def _gap_s(state: RegionState, now: datetime) -> float:
    return 0.0 if state.judged_at is None else (now - state.judged_at).total_seconds()


def _live_on(
    subject: Subject,
    open_alerts: dict[str, OpenAlert],
    verdicts: dict[str, Verdict | None] | dict[str, Verdict],
    now: datetime,
) -> tuple[dict[str, OpenAlert], list[AlertEvent]]:
    lives, events = dict(open_alerts), []
    for rule, verdict in verdicts.items():
        if verdict is None:  # the rule was taken out of the site file
            verdict = Verdict(Level.CLEAR, "the rule has left the site file")
        life, told = next_life(subject, rule, lives.get(rule), verdict, now)
        events += told
        lives.pop(rule, None)
        if life is not None:
            lives[rule] = life
    return lives, events
