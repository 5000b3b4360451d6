"""Which request is let in, and why not. Pure: what is asked and who asks come as values.

request                      | no password, no token       | password or token set
-----------------------------|-----------------------------|------------------------------------------------
GET /healthz                 | yes                         | yes
GET /login, /login.css       | yes                         | yes
any, right bearer token      |                             | yes
any, wrong bearer token      |                             | 401
any, valid session           |                             | yes
any, neither                 |                             | 401
Host is not this machine     | 403 (a rebound name)        |
unsafe method or WebSocket   | 403 if from another origin  | 403 if by session or login from another origin
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from crushwatch.site import SecretText, Service
from crushwatch.site.doors import is_loopback

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
ALWAYS_OPEN = frozenset({"/healthz"})
LOGIN_OPEN = frozenset({"/login", "/login.css"})
_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


@dataclass(frozen=True)
class Asked:
    """What matters of a request. `session` says whether its cookie is a valid one."""

    method: str
    path: str
    scheme: str
    host: str
    origin: str | None = None
    fetch_site: str | None = None
    authorization: str | None = None
    session: bool = False
    is_websocket: bool = False


@dataclass(frozen=True)
class Refused:
    """Not let in: 401 or 403, and why."""

    status: int
    detail: str


_LOG_IN = Refused(401, "Log in, or send a token: Authorization: Bearer TOKEN.")
_WRONG_TOKEN = Refused(401, "This token is not the right one.")
_FOREIGN_PAGE = Refused(403, "The request comes from a page of another origin; see service.allowed_origins.")
_FOREIGN_NAME = Refused(403, "The service answers to this machine's own names only; see service.host and password.")


def judge(service: Service, asked: Asked) -> Refused | None:
    """None: let in."""
    if asked.path in ALWAYS_OPEN and asked.method in SAFE_METHODS:
        return None
    if service.password is None and service.token is None:
        return _judge_without_login(service, asked)
    return _judge_with_login(service, asked)


def same_secret(given: str, secret: SecretText | None) -> bool:
    """Whether they are equal, in a time that tells nothing of where they differ."""
    if secret is None:
        return False
    digests = [hashlib.sha256(text.encode()).digest() for text in (given, secret.reveal())]
    return hmac.compare_digest(*digests)


def opens_login(service: Service, given: str) -> bool:
    """Whether a person who types this may come in: the password, or the token where there is no password."""
    return same_secret(given, service.password or service.token)


def _judge_without_login(service: Service, asked: Asked) -> Refused | None:
    if not _is_own_name(service, asked.host):
        return _FOREIGN_NAME
    return _judge_origin(service, asked)


def _judge_with_login(service: Service, asked: Asked) -> Refused | None:
    if asked.path in LOGIN_OPEN and not asked.is_websocket:
        return _judge_origin(service, asked)
    kind, _, token = (asked.authorization or "").partition(" ")
    if kind.lower() == "bearer":
        return None if same_secret(token.strip(), service.token) else _WRONG_TOKEN
    return _judge_origin(service, asked) if asked.session else _LOG_IN


def _judge_origin(service: Service, asked: Asked) -> Refused | None:
    """What changes something, and the live channel, must come from our own page, or from no page at all."""
    if asked.method in SAFE_METHODS and not asked.is_websocket:
        return None
    if asked.origin is None:
        return _FOREIGN_PAGE if asked.fetch_site not in (None, "same-origin", "none") else None
    allowed = asked.origin in service.allowed_origins or _place(asked.origin) == _place(
        f"{asked.scheme}://{asked.host}"
    )
    return None if allowed else _FOREIGN_PAGE


def _is_own_name(service: Service, host: str) -> bool:
    name = _place(f"http://{host}")[0]
    allowed = {_place(origin)[0] for origin in service.allowed_origins}
    return bool(name) and (is_loopback(name) or name == service.host or name in allowed)


def _place(origin: str) -> tuple[str, int | None]:
    """Host and port; ("", None) for what has none, as the origin `null`."""
    try:
        parts = urlsplit(origin)
        return (parts.hostname or "").lower(), parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return "", None
