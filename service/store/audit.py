"""Who did what, when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from service.store.tables import audit


@dataclass(frozen=True)
class Act:
    """One thing that somebody did."""

    at: datetime
    who: str
    what: str
    alert_id: str | None = None
    note: str | None = None


def enter(connection: Connection, act: Act) -> None:
    """Write it down."""
    connection.execute(
        insert(audit).values(at=act.at, who=act.who, what=act.what, alert_id=act.alert_id, note=act.note)
    )


def of_alert(connection: Connection, alert_id: str) -> list[Act]:
    """What people did with an alert, oldest first."""
    columns = (audit.c.at, audit.c.who, audit.c.what, audit.c.alert_id, audit.c.note)
    statement = select(*columns).where(audit.c.alert_id == alert_id).order_by(audit.c.number)
    return [Act(*row) for row in connection.execute(statement)]


def prune(connection: Connection, before: datetime) -> None:
    """Forget what was done before then."""
    connection.execute(delete(audit).where(audit.c.at < before))
