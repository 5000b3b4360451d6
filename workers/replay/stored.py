"""A recording of readings, as `crushwatch readings` writes it: what was measured, without a picture, judged again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from crushwatch.errors import SiteError, UnreadableError
from crushwatch.messages import AlertEvent, RegionReading, decode
from crushwatch.site import Site
from workers.judge import Judge
from workers.measure import watched_regions
from workers.replay.run import Notebook, Summary, log, watching

SUFFIX = ".jsonl"


def read_readings(path: Path) -> Iterator[RegionReading]:
    """Line by line, in order of time; raises UnreadableError for a line that is no reading or older than the last."""
    before: datetime | None = None
    for number, line in enumerate(_lines(path), start=1):
        reading = _reading(path, number, line)
        if before is not None and reading.captured_at < before:
            raise UnreadableError(f"{path}:{number}: captured before the line above: a recording is in order of time")
        before = reading.captured_at
        yield reading
    if before is None:
        raise UnreadableError(f"{path}: no readings in it")


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8") as file:
            yield from file
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(f"{path}: cannot be read: {error}") from None


def _reading(path: Path, number: int, line: str) -> RegionReading:
    try:
        message = decode(line)
    except ValidationError as error:
        why = error.errors()[0]["msg"]
        raise UnreadableError(f"{path}:{number}: no reading of `crushwatch readings`: {why}") from None
    if not isinstance(message, RegionReading):
        raise UnreadableError(f"{path}:{number}: no reading but a message of the kind {message.kind}")
    return message


class Rejudgement:
    """Readings of any cameras of a site under its rules. What is measured stands in them: only the rules are run.

    Movement is not stored, so the rules on it (pressure, compression, standstill, counter-flow) say nothing.
    """

    def __init__(self, site: Site) -> None:
        self._regions = {(camera, region) for camera, part in site.cameras.items() for region in watched_regions(part)}
        self._notebook = Notebook()
        self._judge: Judge | None = None
        self._site = watching(site, site.cameras)
        self.began_at: datetime | None = None
        self._seen_at: datetime | None = None
        self.summary = Summary()

    def judged(self, reading: RegionReading) -> tuple[float, list[AlertEvent]]:
        """Seconds since the first reading, and what was raised or cleared; raises SiteError for an unknown region."""
        if (reading.camera, reading.region) not in self._regions:
            known = ", ".join(f"{camera}/{region}" for camera, region in sorted(self._regions))
            raise SiteError(f"the recording has {reading.camera}/{reading.region}; the site file has {known}")
        began = self.began_at = self.began_at or reading.captured_at
        self._judge = self._judge or Judge(self._site, self._notebook, began, voice=log)
        self._notebook.events.clear()
        at_s = (reading.captured_at - began).total_seconds()
        self.summary.see(self._judge.region(reading), f"{reading.camera}/{reading.region}")
        self.summary.frames += reading.captured_at != self._seen_at
        self._seen_at = reading.captured_at
        self.summary.duration_s = round(at_s, 3)
        self.summary.events += len(self._notebook.events)
        return at_s, list(self._notebook.events)
