"""What was measured."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import AwareDatetime

from service import clock
from service.api.paging import reading_after, reading_cursor
from service.api.problems import NOT_FOUND
from service.api.views import ReadingsPage, TrendView
from service.board import regions_of
from service.parts import Here
from service.store import readings
from service.store.readings import ReadingKey
from service.trend import trend

router = APIRouter(prefix="/readings", tags=["readings"])


@router.get("")
def list_readings(
    parts: Here,
    camera: str | None = None,
    region: str | None = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
) -> ReadingsPage:
    """Stored readings, newest first; `since` is included, `until` is not."""
    before = reading_after(cursor)
    with parts.database.reading() as connection:
        found = readings.page(
            connection,
            parts.site.id,
            camera=camera,
            region=region,
            since=since,
            until=until,
            before=before,
            limit=limit + 1,
        )
    items, more = found[:limit], found[limit:]
    last = items[-1] if more else None
    next_cursor = reading_cursor(ReadingKey(last.captured_at, last.camera, last.region)) if last else None
    return ReadingsPage(items=items, next_cursor=next_cursor)


@router.get("/trend", responses=NOT_FOUND)
def get_trend(
    parts: Here, camera: str, region: str, minutes: Annotated[float, Query(gt=0, le=24 * 60)] = 10
) -> TrendView:
    """The figures of one region over the last minutes, at most 300 points."""
    if (camera, region) not in regions_of(parts.site):
        raise HTTPException(404, f"There is no region {camera}/{region}.")
    until = clock.now().wall
    since = until - timedelta(minutes=minutes)
    with parts.database.reading() as connection:
        return trend(readings.figures(connection, camera, region, since, until), since, until)
