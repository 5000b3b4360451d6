"""The parts of one running service, put together; started in the order of the data's way, stopped in the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from crushwatch.bus import Bus
from crushwatch.site import Site
from crushwatch.tracing import Tracer
from service import clock
from service.announce import Announcer
from service.auth.guard import Sessions
from service.auth.session import derive_key
from service.backlog import Backlog
from service.board import Board, regions_of
from service.clock import Instant
from service.desk import Desk
from service.discretion import Discretion
from service.hub import Hub
from service.ingest import Ingest
from service.metrics import Metrics
from service.notify.pipeline import Pipeline
from service.previews import Previews
from service.rounds import Rounds
from service.second_service import Attendance
from service.show import Display
from service.snapshot import Snapshots
from service.stills import Stills
from service.store import Database, readings, sessions
from service.tally import Tally

STOP_WITHIN_S = 2.0


@dataclass(frozen=True)
class Parts:
    """What the API's routes need."""

    site: Site
    started: Instant
    database: Database
    board: Board
    display: Display
    tally: Tally
    hub: Hub
    snapshots: Snapshots
    pipeline: Pipeline
    desk: Desk
    metrics: Metrics
    sessions: Sessions
    ingest: Ingest
    rounds: Rounds
    backlog: Backlog
    attendance: Attendance
    previews: Previews
    stills: Stills
    tracer: Tracer

    @property
    def login_required(self) -> bool:
        """Whether anybody has to log in."""
        return self.site.service.password is not None or self.site.service.token is not None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything runs inside; what it does not finish when it is stopped is done after the next start."""
        self.hub.open()
        notifying = asyncio.create_task(self.pipeline.run(), name="notify")
        threads = (self.ingest, self.rounds, self.backlog, self.attendance, self.previews, self.stills)
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.hub.shut()
            for thread in threads:
                thread.stop()
            notifying.cancel()
            with suppress(asyncio.CancelledError):
                await notifying
            for thread in threads:
                await asyncio.to_thread(thread.join, STOP_WITHIN_S)
            self.database.close()


def assemble(site: Site, bus: Bus, tracer: Tracer) -> Parts:
    """Open the store and put the parts together; raises StoreError or SiteError where that cannot be."""
    started = clock.now()
    database = Database(site.service.database)
    database.migrate()
    board, display, tally = Board(site, started), Display(site), Tally()
    hub, pipeline = Hub(tally), Pipeline(site, database, tally)
    desk = Desk(site, database, display, hub, pipeline, tally)
    metrics = Metrics(site, board, display, desk, tally)
    announcer = Announcer(board, display, hub)
    ingest = Ingest(bus, database, board, desk, tally, Discretion(site), announcer.news, metrics.stored, tracer)
    _remember(site, database, board, started)
    return Parts(
        site=site,
        started=started,
        database=database,
        board=board,
        display=display,
        tally=tally,
        hub=hub,
        snapshots=Snapshots(database, board, display, desk),
        pipeline=pipeline,
        desk=desk,
        metrics=metrics,
        sessions=_sessions(site, database),
        ingest=ingest,
        rounds=Rounds(site, database, board, announcer, desk, hub),
        backlog=Backlog(bus, board),
        attendance=Attendance(bus, board, site.id),
        previews=Previews(site, bus, hub),
        stills=Stills(bus),
        tracer=tracer,
    )


def here(connection: HTTPConnection) -> Parts:
    """The parts of the service that answers."""
    parts: Parts = connection.app.state.parts
    return parts


Here = Annotated[Parts, Depends(here)]


def _remember(site: Site, database: Database, board: Board, now: Instant) -> None:
    with database.reading() as connection:
        found = [readings.latest(connection, site.id, *key) for key in regions_of(site)]
    board.remember([reading for reading in found if reading is not None], now)


def _sessions(site: Site, database: Database) -> Sessions:
    secrets = [secret.reveal() for secret in (site.service.password, site.service.token) if secret]
    with database.writing() as connection:
        return Sessions(derive_key(sessions.signing_key(connection), secrets), sessions.ended(connection))
