"""Readings: put in by the batch, read by page, cut off by age."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from crushwatch.messages import RegionReading
from service.store.tables import readings

_COLUMNS = tuple(column.name for column in readings.columns)
_PLAIN = tuple(name for name in _COLUMNS if name not in ("level", "quality_reasons", "band"))


@dataclass(frozen=True)
class ReadingKey:
    """Where a reading stands in time; pages go on after one."""

    captured_at: datetime
    camera: str
    region: str


def insert(connection: Connection, new: Sequence[RegionReading]) -> int:
    """Store the readings that are not there yet; returns how many that were."""
    if not new:
        return 0
    build = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = build(readings).on_conflict_do_nothing(index_elements=["camera", "region", "captured_at"])
    unique = {(reading.camera, reading.region, reading.captured_at): reading for reading in new}
    rows = [_row(reading) for reading in unique.values()]
    return int(connection.execute(statement, rows, execution_options={"preserve_rowcount": True}).rowcount)


def page(
    connection: Connection,
    site: str,
    *,
    camera: str | None = None,
    region: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: ReadingKey | None = None,
    limit: int = 100,
) -> list[RegionReading]:
    """Readings, newest first: `since` <= captured_at < `until`, those after `before` in that order."""
    statement = _between(select(readings), since, until)
    if camera is not None:
        statement = statement.where(readings.c.camera == camera)
    if region is not None:
        statement = statement.where(readings.c.region == region)
    order = (readings.c.captured_at, readings.c.camera, readings.c.region)
    if before is not None:
        statement = statement.where(tuple_(*order) < (before.captured_at, before.camera, before.region))
    statement = statement.order_by(*(column.desc() for column in order)).limit(limit)
    return [_reading(site, row) for row in connection.execute(statement)]


def highest_per_m2(connection: Connection, camera: str, region: str, since: datetime, until: datetime) -> float | None:
    """The highest mean or peak density of a region, `since` <= captured_at < `until`; blind frames aside."""
    of_region = (readings.c.camera == camera, readings.c.region == region, readings.c.quality > 0)
    highest = select(func.max(readings.c.density_per_m2), func.max(readings.c.peak_density_per_m2)).where(*of_region)
    found = connection.execute(_between(highest, since, until)).one()
    return max((density for density in found if density is not None), default=None)


def in_order(
    connection: Connection,
    site: str,
    *,
    camera: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[RegionReading]:
    """Readings of all regions, the oldest first, `since` <= captured_at < `until`; taken out by the thousand."""
    statement = _between(select(readings), since, until)
    if camera is not None:
        statement = statement.where(readings.c.camera == camera)
    statement = statement.order_by(readings.c.captured_at, readings.c.camera, readings.c.region)
    for row in connection.execute(statement, execution_options={"yield_per": 1000}):
        yield _reading(site, row)


@dataclass(frozen=True)
class Figures:
    """What a trend line needs of a reading."""

    captured_at: datetime
    density_per_m2: float | None
    peak_density_per_m2: float | None
    count: float


def figures(connection: Connection, camera: str, region: str, since: datetime, until: datetime) -> list[Figures]:
    """The figures of one region in time's order, `since` <= captured_at < `until`.

    Without those of quality 0: that nobody is counted under a cloth is no figure.
    """
    columns = (
        readings.c.captured_at,
        readings.c.density_per_m2,
        readings.c.peak_density_per_m2,
        readings.c["count"],
    )
    of_region = (readings.c.camera == camera, readings.c.region == region, readings.c.quality > 0)
    statement = _between(select(*columns), since, until).where(*of_region)
    return [Figures(*row) for row in connection.execute(statement.order_by(readings.c.captured_at))]


def latest(connection: Connection, site: str, camera: str, region: str) -> RegionReading | None:
    """The newest reading of a region."""
    return next(iter(page(connection, site, camera=camera, region=region, limit=1)), None)


def prune(connection: Connection, before: datetime, *, limit: int = 10_000) -> int:
    """Delete readings older than `before`, at most `limit` of them, so that nobody waits long; returns how many."""
    edge = select(readings.c.captured_at).where(readings.c.captured_at < before).order_by(readings.c.captured_at)
    last = connection.scalar(select(func.max(edge.limit(limit).subquery().c.captured_at)))
    if last is None:
        return 0
    return int(connection.execute(delete(readings).where(readings.c.captured_at <= last)).rowcount)


def _between(statement: Select[Any], since: datetime | None, until: datetime | None) -> Select[Any]:
    if since is not None:
        statement = statement.where(readings.c.captured_at >= since)
    return statement if until is None else statement.where(readings.c.captured_at < until)


def _row(reading: RegionReading) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(reading, name) for name in _PLAIN}
    row["level"] = reading.level.value
    row["band"] = reading.band.model_dump_json(exclude_none=True) if reading.band else None
    row["quality_reasons"] = json.dumps(reading.quality_reasons) if reading.quality_reasons else None
    return row


def _reading(site: str, row: Row[Any]) -> RegionReading:
    values = dict(row._mapping)
    values["band"] = json.loads(values["band"]) if values["band"] else None
    values["quality_reasons"] = json.loads(values["quality_reasons"] or "[]")
    return RegionReading.model_validate({"site": site, **values})
