"""crushwatch readings: what was measured, out of the store and into a file that `crushwatch replay` judges again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, BinaryIO
from zoneinfo import ZoneInfo

import typer

from crushwatch.errors import SiteError
from crushwatch.messages import encode
from crushwatch.site import Site, load_site
from crushwatch.site.state import database_file
from crushwatch.site.unread import ALL_BUT_THE_DATABASE
from service.store import readings as stored
from service.store.database import Database


def readings(
    site: Annotated[Path, typer.Argument(help="The site file; the service may run meanwhile.", dir_okay=False)],
    since: Annotated[
        str | None, typer.Option(help="From this moment on: 2026-11-21T18:00, by the site's clock.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Up to this moment, without it.")] = None,
    camera: Annotated[str | None, typer.Option(help="Of this camera only.")] = None,
    out: Annotated[Path | None, typer.Option(help="A file to write, .jsonl; standard output if left out.")] = None,
) -> None:
    """Write what was measured, a JSON object a region and moment, the oldest first.

    `crushwatch replay` runs a site's rules over it: what would other levels have said last Saturday?

    Example: crushwatch readings site.yaml --since 2026-11-20T18:00 --until 2026-11-21T02:00 --out friday.jsonl
    """
    loaded = load_site(site, unread=ALL_BUT_THE_DATABASE)
    if camera is not None and camera not in loaded.cameras:
        raise SiteError(f"no camera {camera!r}; there are {', '.join(loaded.cameras)}")
    begin, end = (_moment(name, text, loaded) for name, text in (("--since", since), ("--until", until)))
    database = _database(loaded)
    try:
        with database.reading() as connection, _opened(out) as file:
            for reading in stored.in_order(connection, loaded.id, camera=camera, since=begin, until=end):
                file.write(encode(reading) + b"\n")
    finally:
        database.close()


def _moment(option: str, text: str | None, site: Site) -> datetime | None:
    """Without a zone it is the site's."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SiteError(f"{option} {text}: no moment; write 2026-11-21T18:00 or 2026-11-21T18:00:00+09:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(site.timezone))


def _database(site: Site) -> Database:
    file = database_file(site.service.database.reveal())
    if file is not None and not file.exists():
        raise SiteError(f"{file}: no database there; the service makes it when it first runs")
    return Database(site.service.database)


@contextmanager
def _opened(out: Path | None) -> Iterator[BinaryIO]:
    if out is None:
        yield sys.stdout.buffer
        return
    with out.open("wb") as file:
        yield file
