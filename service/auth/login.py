"""Logging in and out."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qs

import structlog
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from crushwatch.site import Service
from service.auth.guard import COOKIE, Sessions
from service.auth.pages import STYLE, login_page, own_path
from service.auth.policy import opens_login
from service.auth.session import LASTS, Session
from service.auth.throttle import Throttle
from service.store import Database, StoreError, audit
from service.store import sessions as stored_sessions

log = structlog.get_logger("crushwatch.service.auth")


class Logins:
    """The pages /login and /logout."""

    def __init__(self, service: Service, database: Database, sessions: Sessions) -> None:
        self._service = service
        self._database = database
        self._sessions = sessions
        self._throttle = Throttle()

    def router(self) -> APIRouter:
        """The routes; none of them is part of the API."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/login", self.show, methods=["GET"])
        router.add_api_route("/login", self.log_in, methods=["POST"])
        router.add_api_route("/logout", self.log_out, methods=["POST"])
        router.add_api_route("/login.css", self.style, methods=["GET"])
        return router

    async def show(self, next: str = "/") -> Response:  # noqa: A002  # the name in the address
        """The page."""
        if self._service.password is None and self._service.token is None:
            return RedirectResponse("/", 303)
        return login_page(next_path=next)

    async def style(self) -> Response:
        """How it looks."""
        return PlainTextResponse(STYLE, media_type="text/css")

    async def log_in(self, request: Request) -> Response:
        """A session cookie for the right password; not too many guesses."""
        address = request.client.host if request.client else "?"
        form = _form(await request.body())
        wait_s = self._throttle.wait_s(address, time.monotonic())
        if wait_s > 0:
            headers = {"retry-after": str(int(wait_s) + 1)}
            fault = f"Too many attempts. Wait {wait_s:.0f} s."
            return login_page(next_path=form.get("next", "/"), fault=fault, status=429, headers=headers)
        if not opens_login(self._service, form.get("password", "")):
            self._throttle.failed(address, time.monotonic())
            await run_in_threadpool(self._write_down, address, "login refused")
            return login_page(next_path=form.get("next", "/"), fault="This is not the password.", status=401)
        await run_in_threadpool(self._write_down, address, "login")
        response = RedirectResponse(own_path(form.get("next", "/")), 303)
        session = Session(secrets.token_urlsafe(24), datetime.now(UTC) + LASTS)
        self._set_cookie(response, request, self._sessions.cookie(session), int(LASTS.total_seconds()))
        return response

    async def log_out(self, request: Request) -> Response:
        """The session is over, on this side too."""
        session = self._sessions.find(request.headers, datetime.now(UTC))
        if session is not None:
            self._sessions.end(session)
            address = request.client.host if request.client else "?"
            await run_in_threadpool(self._write_down, address, "logout", session)
        response = RedirectResponse("/login", 303)
        self._set_cookie(response, request, "", 0)
        return response

    def _write_down(self, address: str, what: str, ended: Session | None = None) -> None:
        """Into the audit; a database that is away keeps nobody out."""
        log.info(what, address=address)
        try:
            with self._database.writing() as connection:
                audit.enter(connection, audit.Act(datetime.now(UTC), address, what))
                if ended is not None:
                    stored_sessions.end(connection, ended.nonce, ended.expires_at)
        except StoreError as error:
            log.error("not written down", what=what, why=str(error))

    def _set_cookie(self, response: Response, request: Request, value: str, age_s: int) -> None:
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, value, max_age=age_s, httponly=True, samesite="strict", secure=secure)


def _form(body: bytes) -> Mapping[str, str]:
    """The fields of a posted form; the first of each name."""
    try:
        fields = parse_qs(body.decode("utf-8", errors="replace"), max_num_fields=10)
    except ValueError:  # more fields than any form of ours has
        return {}
    return {name: values[0] for name, values in fields.items()}
