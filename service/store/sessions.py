"""What sessions need to outlive a restart: the key they are signed with, and those that were logged out."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from service.store.tables import ended_sessions, keys

_SIGNING = "session-signing"


def signing_key(connection: Connection) -> str:
    """The key, made when first asked for."""
    found: str | None = connection.scalar(select(keys.c.value).where(keys.c.name == _SIGNING))
    if found is not None:
        return found
    made = secrets.token_urlsafe(48)
    connection.execute(insert(keys).values(name=_SIGNING, value=made))
    return made


def end(connection: Connection, nonce: str, expires_at: datetime) -> None:
    """This session is over, whatever its cookie says."""
    connection.execute(delete(ended_sessions).where(ended_sessions.c.nonce == nonce))
    connection.execute(insert(ended_sessions).values(nonce=nonce, expires_at=expires_at))


def ended(connection: Connection) -> frozenset[str]:
    """The nonces of all sessions that were ended."""
    return frozenset(connection.scalars(select(ended_sessions.c.nonce)))


def prune(connection: Connection, now: datetime) -> None:
    """Forget those that would have expired anyway."""
    connection.execute(delete(ended_sessions).where(ended_sessions.c.expires_at < now))
