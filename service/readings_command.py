"""crushwatch readings: what was measured, out of the store and into a file that `crushwatch replay` judges again."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, BinaryIO
from zoneinfo import ZoneInfo

import typer

from crushwatch.errors import CrushwatchError, SiteError
from crushwatch.messages import RegionReading, encode
from crushwatch.output import refuse_what_is_there, whole_file
from crushwatch.site import Site, load_site
from crushwatch.site.state import database_file
from crushwatch.site.unread import ALL_BUT_THE_DATABASE
from service.store import readings as stored
from service.store.database import Database

CLOCK = "%Y-%m-%d %H:%M:%S"


def readings(
    site: Annotated[Path, typer.Argument(help="The site file; the service may run meanwhile.", dir_okay=False)],
    since: Annotated[
        str | None, typer.Option(help="From this moment on: 2026-11-21T18:00, by the site's clock.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Up to this moment, without it.")] = None,
    camera: Annotated[str | None, typer.Option(help="Of this camera only.")] = None,
    out: Annotated[Path | None, typer.Option(help="A file to write, .jsonl; standard output if left out.")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Write over a file of that name, once the new one is whole.")
    ] = False,
) -> None:
    """Write what was measured, a JSON object a region and moment, the oldest first.

    `crushwatch replay` runs a site's rules over it: what would other levels have said last Saturday?
    How many readings there were, and of what time, is said on standard error.

    Example: crushwatch readings site.yaml --since 2026-11-20T18:00 --until 2026-11-21T02:00 --out friday.jsonl
    """
    loaded = load_site(site, unread=ALL_BUT_THE_DATABASE)
    if camera is not None and camera not in loaded.cameras:
        raise SiteError(f"no camera {camera!r}; there are {', '.join(loaded.cameras)}")
    begin, end = (_moment(name, text, loaded) for name, text in (("--since", since), ("--until", until)))
    if begin is not None and end is not None and begin >= end:
        raise SiteError(f"--since {since} is not before --until {until}: there is no time between them")
    if out is not None:
        _refuse_one_that_is_there(out, replace)
    database = _database(loaded)
    try:
        with database.reading() as connection, _opened(out) as file:
            found = stored.in_order(connection, loaded.id, camera=camera, since=begin, until=end)
            written = _written(found, file)
            if written is None:
                raise CrushwatchError(_none(loaded, camera, begin, end))
    finally:
        database.close()
    typer.echo(f"{out or 'standard output'}: {written.in_words(loaded)}", err=True)


@dataclass
class Written:
    """How much was written, and of what time."""

    readings: int
    first_at: datetime
    last_at: datetime

    def in_words(self, site: Site) -> str:
        """By the site's clock."""
        number = "1 reading" if self.readings == 1 else f"{self.readings} readings"
        first, last = (_by_the_sites_clock(moment, site) for moment in (self.first_at, self.last_at))
        return f"{number}, from {first} to {last} ({site.timezone})"


def _written(found: Iterable[RegionReading], file: BinaryIO) -> Written | None:
    """Write a line a reading; None where there is none."""
    written: Written | None = None
    for reading in found:
        file.write(encode(reading) + b"\n")
        written = written or Written(0, reading.captured_at, reading.captured_at)
        written.readings += 1
        written.last_at = reading.captured_at
    return written


def _none(site: Site, camera: str | None, begin: datetime | None, end: datetime | None) -> str:
    """What is said where nothing was measured, or nothing is kept any more."""
    of_whom = f" of {camera}" if camera else ""
    after = f" from {_by_the_sites_clock(begin, site)} on" if begin else ""
    before = f" before {_by_the_sites_clock(end, site)}" if end else ""
    kept = f"readings are kept for {site.service.readings_kept_days:g} days (service.readings_kept_days)"
    return f"no readings{of_whom}{after}{before} ({site.timezone}): nothing written; {kept}"


def _by_the_sites_clock(moment: datetime, site: Site) -> str:
    return moment.astimezone(ZoneInfo(site.timezone)).strftime(CLOCK)


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


def _refuse_one_that_is_there(out: Path, replace: bool) -> None:
    """What was taken out before may be gone from the store by now."""
    if out.exists() and not out.is_file():
        raise SiteError(f"--out {out}: no file that can be written over; name one, or leave --out away")
    refuse_what_is_there(out, replace, said=f"--out {out}")


@contextmanager
def _opened(out: Path | None) -> Iterator[BinaryIO]:
    """A file beside `out`, which takes its name once it is whole; what is broken off leaves nothing."""
    if out is None:
        yield sys.stdout.buffer
        return
    try:
        with whole_file(out) as part, part.open("wb") as file:
            yield file
    except OSError as error:
        raise CrushwatchError(f"{out}: cannot be written: {error.strerror}") from None
