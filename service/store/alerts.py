"""Alerts and the ledger of their events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from crushwatch.messages import AlertChange, AlertEvent, Level
from service.alarms.alert import Alert
from service.alarms.lifecycle import AlertState
from service.store.tables import alert_events, alerts

_ENUMS = {"state": AlertState, "level": Level, "highest_level": Level, "previous_level": Level, "change": AlertChange}
_OPEN = alerts.c.state != AlertState.CLOSED.value

OpenOrClosed = Literal["open", "closed", "all"]


@dataclass(frozen=True)
class LedgerEntry:
    """One event as it was stored."""

    event_id: str
    alert_id: str | None
    sent_as: str
    change: AlertChange
    level: Level
    previous_level: Level
    because: str
    value: float | None
    value_low: float | None
    value_high: float | None
    threshold: float | None
    captured_at: datetime
    published_at: datetime
    stored_at: datetime
    joined: bool


@dataclass(frozen=True)
class Numbered:
    """An alert with its place in the list."""

    number: int
    alert: Alert


def open_for_key(connection: Connection, key: str) -> Alert | None:
    """The one open alert of a key."""
    return _first(connection, select(alerts).where(alerts.c.key == key, _OPEN))


def all_open(connection: Connection) -> list[Alert]:
    """All open alerts, newest first."""
    rows = connection.execute(select(alerts).where(_OPEN).order_by(alerts.c.number.desc()))
    return [_alert(row) for row in rows]


def find(connection: Connection, alert_id: str) -> Alert | None:
    """The alert of this id, or the one that an event of this id joined."""
    found = _first(connection, select(alerts).where(alerts.c.alert_id == alert_id))
    if found is not None:
        return found
    joined = select(alert_events.c.alert_id).where(alert_events.c.sent_as == alert_id).limit(1)
    return _first(connection, select(alerts).where(alerts.c.alert_id == joined.scalar_subquery()))


def page(
    connection: Connection,
    *,
    state: OpenOrClosed,
    camera: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Numbered]:
    """Alerts, newest first, those after number `before` in that order."""
    statement = select(alerts).order_by(alerts.c.number.desc()).limit(limit)
    if state != "all":
        statement = statement.where(_OPEN if state == "open" else ~_OPEN)
    if camera is not None:
        statement = statement.where(alerts.c.camera == camera)
    if before is not None:
        statement = statement.where(alerts.c.number < before)
    return [Numbered(row.number, _alert(row)) for row in connection.execute(statement)]


def save(connection: Connection, alert: Alert, *, new: bool) -> None:
    """Store a new alert, or what became of one."""
    values = {field.name: _plain(getattr(alert, field.name)) for field in fields(alert)}
    if new:
        connection.execute(insert(alerts).values(values))
    else:
        connection.execute(update(alerts).where(alerts.c.alert_id == alert.alert_id).values(values))


def known_events(connection: Connection, event_ids: Sequence[str]) -> frozenset[str]:
    """Those of the ids that are in the ledger already."""
    found = connection.scalars(select(alert_events.c.event_id).where(alert_events.c.event_id.in_(event_ids)))
    return frozenset(found)


def enter(connection: Connection, event: AlertEvent, *, alert_id: str | None, joined: bool, at: datetime) -> None:
    """Put an event into the ledger, with the alert that it went to."""
    names = (
        "event_id",
        "change",
        "level",
        "previous_level",
        "because",
        "value",
        "value_low",
        "value_high",
        "threshold",
    )
    values = {name: _plain(getattr(event, name)) for name in (*names, "captured_at", "published_at")}
    row = values | {"alert_id": alert_id, "sent_as": event.alert_id, "joined": joined, "stored_at": at}
    connection.execute(insert(alert_events).values(row))


def ledger(connection: Connection, alert_id: str) -> list[LedgerEntry]:
    """All events of an alert, oldest first."""
    statement = select(alert_events).where(alert_events.c.alert_id == alert_id).order_by(alert_events.c.number)
    return [LedgerEntry(**_typed(row, LedgerEntry)) for row in connection.execute(statement)]


def prune(connection: Connection, before: datetime) -> int:
    """Delete alerts that were closed before then, with their ledger; returns how many. Open ones stay."""
    connection.execute(delete(alert_events).where(alert_events.c.alert_id.is_(None), alert_events.c.stored_at < before))
    old = select(alerts.c.alert_id).where(~_OPEN, alerts.c.updated_at < before)
    connection.execute(delete(alert_events).where(alert_events.c.alert_id.in_(old)))
    return int(connection.execute(delete(alerts).where(~_OPEN, alerts.c.updated_at < before)).rowcount)


def _first(connection: Connection, statement: Select[Any]) -> Alert | None:
    row = connection.execute(statement.limit(1)).first()
    return None if row is None else _alert(row)


def _alert(row: Row[Any]) -> Alert:
    return Alert(**_typed(row, Alert))


def _typed(row: Row[Any], kind: type[Alert] | type[LedgerEntry]) -> dict[str, Any]:
    values = {field.name: getattr(row, field.name) for field in fields(kind)}
    return {name: _ENUMS[name](value) if name in _ENUMS else value for name, value in values.items()}


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, (AlertState, Level, AlertChange)) else value
