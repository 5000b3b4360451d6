"""An alert as the service keeps it, and what an event or a person makes of it. Pure: nothing is stored here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from crushwatch.messages import SEVERITY, AlertChange, AlertEvent, Level
from service.alarms.lifecycle import AlertState, IllegalMoveError, Move, after


@dataclass(frozen=True)
class Alert:
    """Everything known of one alert; times are UTC.

    level_at: when it came to its level, or to the last one before it cleared; None if that was not noted.
    highest_because, highest_at: what first raised it to its highest level, and when; None if that was not noted.
    highest_per_m2: the highest density of its region from raise to clear; None before, and where none was measured.
    """

    alert_id: str
    key: str
    camera: str
    region: str | None
    rule: str
    state: AlertState
    level: Level
    highest_level: Level
    raised_at: datetime
    updated_at: datetime
    because: str
    level_at: datetime | None = None
    highest_because: str | None = None
    highest_at: datetime | None = None
    highest_per_m2: float | None = None
    cleared_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    note: str | None = None
    value: float | None = None
    value_low: float | None = None
    value_high: float | None = None
    threshold: float | None = None
    unit: str | None = None
    action: str | None = None
    occurrences: int = 1

    @property
    def is_raised(self) -> bool:
        """Whether its cause still holds."""
        return self.state in (AlertState.RAISED_UNACKNOWLEDGED, AlertState.ACKNOWLEDGED)


def move_of(alert: Alert | None, event: AlertEvent) -> Move:
    """What an event does to the open alert of its key.

    An escalation or a lowering of an alert that is not raised here is a raise whose beginning was missed. What comes to
    a higher level than it stands at here escalates it, whatever it was at for its worker: what came between was missed.
    A raise or an escalation to no higher one joins it.
    """
    if event.change is AlertChange.CLEARED:
        return Move.CLEAR
    if alert is None or not alert.is_raised:
        return Move.RAISE
    if SEVERITY[event.level] > SEVERITY[alert.level]:
        return Move.ESCALATE
    return Move.LOWER if event.change is AlertChange.LOWERED else Move.JOIN


def after_event(alert: Alert | None, event: AlertEvent) -> Alert:
    """The alert after an event of its key; `alert` is the open one, None if none is open.

    Returns `alert` itself where the event joins and changes nothing. Raises IllegalMoveError for a clear of what is not
    raised, and for a clear that says `unknown`: missing data never closes an alert.
    """
    move = move_of(alert, event)
    if move is Move.CLEAR and event.level is Level.UNKNOWN:
        raise IllegalMoveError(alert.state if alert else None, move)
    state = after(alert.state if alert else None, move)
    if alert is None:
        return _new(event, state)
    if move is Move.JOIN:
        return alert
    told = _told(alert, event, move, state)
    if move is Move.CLEAR:
        return replace(told, cleared_at=event.captured_at)
    if move is Move.RAISE:
        return replace(told, raised_at=event.captured_at, cleared_at=None, occurrences=alert.occurrences + 1)
    if move is Move.ESCALATE:
        return replace(told, acknowledged_at=None, acknowledged_by=None, note=None)
    return told


def after_acknowledgement(alert: Alert, by: str, note: str | None, at: datetime) -> Alert:
    """The alert after somebody acknowledged it; raises IllegalMoveError if that is done already."""
    state = after(alert.state, Move.ACKNOWLEDGE)
    return replace(alert, state=state, acknowledged_at=at, acknowledged_by=by, note=note, updated_at=at)


def _new(event: AlertEvent, state: AlertState) -> Alert:
    return Alert(
        alert_id=event.alert_id,
        key=event.key,
        camera=event.camera,
        region=event.region,
        rule=event.rule,
        state=state,
        level=event.level,
        highest_level=event.level,
        raised_at=event.captured_at,
        updated_at=event.published_at,
        because=event.because,
        level_at=event.captured_at,
        highest_because=event.because,
        highest_at=event.captured_at,
        value=event.value,
        value_low=event.value_low,
        value_high=event.value_high,
        threshold=event.threshold,
        unit=event.unit,
        action=event.action,
    )


def _told(alert: Alert, event: AlertEvent, move: Move, state: AlertState) -> Alert:
    """The alert with what the event says. When it clears, why it was raised stays: the ledger has why it cleared.

    What is to be done at a level is also to be done at a higher one without an action of its own, but not at a lower.
    """
    told = replace(alert, state=state, level=event.level, updated_at=event.published_at)
    if move is Move.CLEAR:
        return told
    if SEVERITY[event.level] > SEVERITY[alert.highest_level]:
        told = replace(told, highest_level=event.level, highest_because=event.because, highest_at=event.captured_at)
    return replace(
        told,
        because=event.because,
        level_at=event.captured_at,
        value=event.value,
        value_low=event.value_low,
        value_high=event.value_high,
        threshold=event.threshold,
        unit=event.unit,
        action=event.action or (alert.action if move is Move.ESCALATE else None),
    )
