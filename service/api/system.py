"""The state of the system."""

from __future__ import annotations

import platform

from fastapi import APIRouter

from crushwatch import __version__
from service import clock
from service.api.channels import channels
from service.api.views import BusView, ChannelView, DatabaseView, LatenciesView, SystemView
from service.board import Facts
from service.parts import Here, Parts
from service.show import workers
from service.store import StoreError

router = APIRouter(prefix="/system", tags=["system"])


@router.get("")
def get_system(parts: Here) -> SystemView:
    """Workers, bus, database, channels, counters and latency."""
    facts, now = parts.board.facts(), clock.now()
    database, shown_channels = _database(parts)
    return SystemView(
        version=__version__,
        python=platform.python_version(),
        started_at=parts.started.wall,
        uptime_s=round(now.since(parts.started), 1),
        faults=parts.board.faults(),
        workers=workers(parts.site, facts, now),
        bus=_bus(facts),
        database=database,
        channels=shown_channels,
        counters=parts.tally.view(),
        latency=LatenciesView(to_store_ms=parts.tally.to_store.view(), to_browser_ms=parts.tally.to_browser.view()),
    )


def _bus(facts: Facts) -> BusView:
    bus = facts.bus
    return BusView(reachable=bus.reachable, reason=bus.reason, since=bus.since.wall, backlog_messages=facts.backlog)


def _database(parts: Parts) -> tuple[DatabaseView, list[ChannelView]]:
    try:
        with parts.database.reading() as connection:
            shown = channels(parts, connection)
        view = DatabaseView(
            kind=parts.database.kind,
            reachable=True,
            schema_revision=parts.database.schema_revision(),
            size_bytes=parts.database.size_bytes(),
        )
    except StoreError as error:
        return DatabaseView(kind=parts.database.kind, reachable=False, reason=str(error)), []
    return view, shown
