"""The door: every request and every WebSocket passes here first. Also the headers that every answer carries."""

from __future__ import annotations

from datetime import UTC, datetime
from http.cookies import CookieError, SimpleCookie

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crushwatch.site import Service
from service.api.problems import problem
from service.auth import session as sessions
from service.auth.pages import login_page
from service.auth.policy import Asked, Refused, judge
from service.auth.session import Session

log = structlog.get_logger("crushwatch.service.auth")

COOKIE = "crushwatch_session"
BODY_AT_MOST = 64 * 1024

SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; connect-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # not no-referrer: forms would then have the origin `null`
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Sessions:
    """Signs and knows the sessions of this service; those that were logged out are over."""

    def __init__(self, key: bytes, ended: frozenset[str]) -> None:
        self._key = key
        self._ended = set(ended)

    def cookie(self, session: Session) -> str:
        """The cookie's value."""
        return sessions.sign(self._key, session)

    def find(self, headers: Headers, now: datetime) -> Session | None:
        """The valid session that a request carries."""
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return None
        session = sessions.verify(self._key, cookie.value, now) if cookie else None
        return session if session and session.nonce not in self._ended else None

    def end(self, session: Session) -> None:
        """It is over."""
        self._ended.add(session.nonce)


class Guard:
    """ASGI middleware: refuses as `policy` says, and limits what a request may carry."""

    def __init__(self, app: ASGIApp, service: Service, sessions: Sessions) -> None:
        self._app = app
        self._service = service
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None and scope["type"] == "websocket":
            log.info("a live channel was refused", status=refusal.status_code)  # a page whose session is over asks on
        await (self._app if refusal is None else refusal)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        refused = judge(self._service, self._asked(scope, headers))
        if refused is not None:
            return _refusal(refused, scope, headers)
        if "transfer-encoding" in headers and scope["type"] == "http":
            return problem(411, "Say how long the body is: Content-Length.")
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > BODY_AT_MOST:
            return problem(413, f"A body may have {BODY_AT_MOST} bytes.")
        return None

    def _asked(self, scope: Scope, headers: Headers) -> Asked:
        return Asked(
            method=scope.get("method", "GET"),
            path=scope["path"],
            scheme=scope.get("scheme", "http"),
            host=headers.get("host", ""),
            origin=headers.get("origin"),
            fetch_site=headers.get("sec-fetch-site"),
            authorization=headers.get("authorization"),
            session=self._sessions.find(headers, datetime.now(UTC)) is not None,
            is_websocket=scope["type"] == "websocket",
        )


class SecurityHeaders:
    """ASGI middleware: what every answer carries."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(SECURITY_HEADERS)
                if scope["path"].startswith(("/api/", "/login", "/metrics")):
                    headers["cache-control"] = "no-store"
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _address(scope: Scope) -> str:
    """Path and query, as they were asked for."""
    query = scope["query_string"].decode("latin-1")
    return f"{scope['path']}?{query}" if query else str(scope["path"])


def _refusal(refused: Refused, scope: Scope, headers: Headers) -> Response:
    """A person who opens the page gets the login; everybody else a problem document."""
    challenge = {"www-authenticate": 'Bearer realm="crushwatch"'} if refused.status == 401 else {}
    wants_page = scope["type"] == "http" and scope["method"] == "GET" and "text/html" in headers.get("accept", "")
    if refused.status == 401 and wants_page and not scope["path"].startswith("/api/"):
        return login_page(next_path=_address(scope), status=401, headers=challenge)
    return problem(refused.status, refused.detail, instance=scope["path"], headers=challenge)
