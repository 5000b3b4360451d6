"""Messages of the bus that could not be read or stored: where they lie in the stream, and why."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from service.store.tables import rejected


def enter(connection: Connection, stream: str, entry_id: str, reason: str, at: datetime) -> None:
    """Note one; once, however often it comes."""
    build = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = build(rejected).values(stream=stream, entry_id=entry_id, reason=reason, at=at)
    connection.execute(statement.on_conflict_do_nothing(index_elements=["stream", "entry_id"]))


def count(connection: Connection) -> int:
    """How many there are."""
    return int(connection.scalar(select(func.count()).select_from(rejected)) or 0)


def prune(connection: Connection, before: datetime) -> None:
    """Forget those noted before then."""
    connection.execute(delete(rejected).where(rejected.c.at < before))
