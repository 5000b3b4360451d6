"""Alert events into the store, each once, through the lifecycle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy import Connection

from crushwatch.messages import AlertEvent
from service.alarms.alert import Alert, after_event
from service.alarms.lifecycle import IllegalMoveError
from service.store import alerts, readings

log = structlog.get_logger("crushwatch.service.alarms")


@dataclass(frozen=True)
class Step:
    """An event that changed an alert, and the alert after it."""

    event: AlertEvent
    alert: Alert


@dataclass(frozen=True)
class Recorded:
    """What became of some events: the steps they made, and how many were new."""

    steps: tuple[Step, ...]
    new_events: int


def record(connection: Connection, events: Sequence[AlertEvent], at: datetime) -> Recorded:
    """Store those that are not known yet, in their order; those that are, are passed over."""
    known = set(alerts.known_events(connection, [event.event_id for event in events])) if events else set()
    steps: list[Step] = []
    new_events = 0
    for event in events:
        if event.event_id in known:
            continue
        known.add(event.event_id)
        new_events += 1
        steps += _record_one(connection, event, at)
    return Recorded(tuple(steps), new_events)


def _record_one(connection: Connection, event: AlertEvent, at: datetime) -> list[Step]:
    before = alerts.open_for_key(connection, event.key)
    try:
        alert = after_event(before, event)
    except IllegalMoveError as refused:
        log.info(
            "alert event without effect", camera=event.camera, region=event.region, rule=event.rule, why=str(refused)
        )
        alerts.enter(connection, event, alert_id=None, joined=False, at=at)
        return []
    alert = _with_highest(connection, alert)
    changed = alert is not before
    if changed:
        alerts.save(connection, alert, new=before is None)
    alerts.enter(connection, event, alert_id=alert.alert_id, joined=not changed, at=at)
    return [Step(event, alert)] if changed else []


def _with_highest(connection: Connection, alert: Alert) -> Alert:
    """An alert that has cleared, with the highest density of its region since it was raised; any other as it is."""
    if alert.cleared_at is None or alert.region is None:
        return alert
    found = readings.highest_per_m2(connection, alert.camera, alert.region, alert.raised_at, alert.cleared_at)
    known = [density for density in (alert.highest_per_m2, found) if density is not None]
    return replace(alert, highest_per_m2=max(known)) if known else alert
