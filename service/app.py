"""The application: its parts put together, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from fastapi import FastAPI

from crushwatch import __version__
from crushwatch.bus import Bus
from crushwatch.site import Site
from crushwatch.site.doors import refuse_open_doors
from crushwatch.site.guessing import guessable, refuse_short_secrets
from crushwatch.tracing import NoTracer, Tracer
from service import health, live
from service.api import problems
from service.api.routes import api_router
from service.auth.guard import Guard, SecurityHeaders
from service.auth.login import Logins
from service.dashboard_files import BUILT, serve_dashboard
from service.openapi import describe
from service.parts import assemble

log = structlog.get_logger("crushwatch.service")


def create_app(site: Site, bus: Bus, tracer: Tracer | None = None, *, dashboard: Path = BUILT) -> FastAPI:
    """The service of a site. Raises SiteError where it may not start, StoreError where its database does not open."""
    refuse_open_doors(site.service)
    refuse_short_secrets(site.service)
    for sentence in guessable(site):
        log.warning("a password or token is easily guessed", fault=sentence)
    parts = assemble(site, bus, tracer or NoTracer())

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with parts.running():
            yield

    # The documentation pages of FastAPI load scripts from elsewhere: a control room may have no network.
    app = FastAPI(
        title="crushwatch",
        version=__version__,
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.parts = parts
    app.openapi = lambda: describe(app.routes)  # type: ignore[method-assign]  # FastAPI's own way to extend it
    problems.install(app)
    app.include_router(api_router())
    app.include_router(live.router)
    app.include_router(health.router)
    app.include_router(Logins(site.service, parts.database, parts.sessions).router())
    serve_dashboard(app, dashboard)
    app.add_middleware(Guard, service=site.service, sessions=parts.sessions)
    app.add_middleware(SecurityHeaders)
    return app
