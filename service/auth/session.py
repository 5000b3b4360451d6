"""A signed cookie that says until when somebody is logged in. Pure: key, clock and randomness are arguments."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LASTS = timedelta(days=7)
_LONGEST = 200


@dataclass(frozen=True)
class Session:
    """One login."""

    nonce: str
    expires_at: datetime


def derive_key(stored_key: str, secrets: Sequence[str]) -> bytes:
    """The key that sessions are signed with: a changed password ends all of them."""
    return hmac.new(stored_key.encode(), "\0".join(secrets).encode(), hashlib.sha256).digest()


def sign(key: bytes, session: Session) -> str:
    """The cookie's value: nonce.expiry.signature"""
    said = f"{session.nonce}.{int(session.expires_at.timestamp())}"
    return f"{said}.{_signature(key, said)}"


def verify(key: bytes, value: str, now: datetime) -> Session | None:
    """The session of a cookie's value, if it is ours, whole and not over."""
    said, _, signature = value.rpartition(".")
    if len(value) > _LONGEST or not value.isascii() or not hmac.compare_digest(signature, _signature(key, said)):
        return None
    nonce, _, expires = said.partition(".")
    session = Session(nonce, datetime.fromtimestamp(int(expires), UTC))
    return session if now < session.expires_at else None


def _signature(key: bytes, said: str) -> str:
    digest = hmac.new(key, said.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
