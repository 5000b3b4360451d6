"""A recording of readings, as `crushwatch readings` writes it: what was measured, without a picture, judged again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
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
Place = tuple[str, str]
"""Camera and region."""


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


@dataclass(frozen=True)
class LeftOut:
    """A region of which readings were passed over. not_in: the site files that do not have it."""

    camera: str
    region: str
    readings: int
    not_in: tuple[str, ...]

    def render(self) -> str:
        """As a person reads it.

        >>> LeftOut("alley", "picture", 12, ("site.yaml",)).render()
        'left out: alley/picture (12 readings): it is not in site.yaml'
        """
        readings = "1 reading" if self.readings == 1 else f"{self.readings} readings"
        return f"left out: {self.camera}/{self.region} ({readings}): it is not in {' nor in '.join(self.not_in)}"


class Sieve:
    """Lets the readings through of which every one of the site files has the region, for what only one of them watches
    cannot be set side by side; remembers what it left out.

    sites: by the name of the file    camera: of this one alone; "": of all
    """

    def __init__(self, sites: Mapping[str, Site], camera: str = "") -> None:
        self._places = {name: _places(site) for name, site in sites.items()}
        self._camera = camera
        self._seen: Counter[Place] = Counter()

    def fitting(self, readings: Iterable[RegionReading]) -> Iterator[RegionReading]:
        """One after another; raises SiteError at the end where it was none at all."""
        fits_any = False
        for reading in readings:
            place = (reading.camera, reading.region)
            self._seen[place] += 1
            if self._camera in ("", reading.camera) and not self._not_in(place):
                fits_any = True
                yield reading
        if not fits_any:
            raise SiteError(self._nothing_fits())

    def left_out(self) -> list[LeftOut]:
        """So far, in the order of their names."""
        wanted = (place for place in sorted(self._seen) if self._camera in ("", place[0]))
        return [LeftOut(*place, self._seen[place], missing) for place in wanted if (missing := self._not_in(place))]

    def _not_in(self, place: Place) -> tuple[str, ...]:
        return tuple(name for name, places in self._places.items() if place not in places)

    def _nothing_fits(self) -> str:
        of = f" of camera {self._camera}" if self._camera else ""
        theirs = "; ".join(f"{name} has {_listed(places)}" for name, places in self._places.items())
        return (
            f"nothing{of} can be judged: the recording has {_listed(self._seen)}; {theirs}. Take the site file of that "
            "day, or readings from after it was changed"
        )


def _places(site: Site) -> frozenset[Place]:
    return frozenset((camera, region) for camera, part in site.cameras.items() for region in watched_regions(part))


def _listed(places: Iterable[Place]) -> str:
    return ", ".join(f"{camera}/{region}" for camera, region in sorted(places))


class Rejudgement:
    """Readings of regions of a site under its rules. What is measured stands in them: only the rules are run.

    Movement is not stored, so the rules on it (pressure, compression, standstill, counter-flow) say nothing.
    """

    def __init__(self, site: Site) -> None:
        self._notebook = Notebook()
        self._judge: Judge | None = None
        self._site = watching(site, site.cameras)
        self.began_at: datetime | None = None
        self._seen_at: datetime | None = None
        self.summary = Summary()

    def judged(self, reading: RegionReading) -> tuple[float, list[AlertEvent]]:
        """Seconds since the first reading, and what was raised or cleared. reading: of a region that the site has."""
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
