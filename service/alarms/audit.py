"""What people do with alerts: done, and written down with who and when, in one transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.alarms.alert import Alert, after_acknowledgement
from service.store import alerts, audit


def acknowledge(connection: Connection, alert: Alert, by: str, note: str | None, at: datetime) -> Alert:
    """The alert, acknowledged; raises IllegalMoveError when it cannot be."""
    acknowledged = after_acknowledgement(alert, by, note, at)
    alerts.save(connection, acknowledged, new=False)
    audit.enter(connection, audit.Act(at, by, "acknowledge", alert.alert_id, note))
    return acknowledged
