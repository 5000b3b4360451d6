"""From the moments of a recording to what the rules would have said, in the recording's own time."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from crushwatch.messages import AlertEvent, Level, RegionReading, worst
from crushwatch.models.band import BandTable
from crushwatch.site import Site
from workers.judge import Judge
from workers.measure import CameraMeter
from workers.reading import region_reading
from workers.replay.moment import Moment

log = structlog.wrap_logger(
    None,
    wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
    logger_factory_args=("crushwatch.workers.judge",),
)
"""The judge says each alert as a worker's does, by the clock on the wall: nobody wants that of a recording."""

START = datetime(2000, 1, 1, tzinfo=UTC)
"""Second 0 of every recording."""


@dataclass
class Notebook:
    """Where the judge keeps its states and events: in memory, for a recording is judged from its beginning."""

    events: list[AlertEvent] = field(default_factory=list)

    kept: dict[str, str] = field(default_factory=dict)

    def commit(self, events: Sequence[AlertEvent], states: Mapping[str, str], gone: Sequence[str]) -> None:
        """Note the events and the states, and strike out what is gone."""
        self.events += events
        self.kept.update(states)
        for key in gone:
            self.kept.pop(key, None)

    def states(self) -> dict[str, str]:
        """What was noted."""
        return dict(self.kept)


@dataclass
class Summary:
    """What a recording came to. frames: moments of capture; highest: by region, of each figure, and the worst level."""

    frames: int = 0
    readings: int = 0
    duration_s: float = 0.0
    events: int = 0
    highest: dict[str, dict[str, float | str]] = field(default_factory=dict)

    def see(self, reading: RegionReading, region_of: str) -> None:
        """Take one reading; region_of: what its region is called here."""
        self.readings += 1
        region = self.highest.setdefault(region_of, {"level": reading.level.value})
        region["level"] = worst([reading.level, Level(str(region["level"]))]).value
        for name in ("count", "density_per_m2", "peak_density_per_m2", "speed_m_s", "pressure_per_s2"):
            value = getattr(reading, name)
            if value is not None:
                region[name] = round(max(value, float(region.get(name, 0.0))), 4)


class Replay:
    """One camera's recording under a site's rules, moment by moment; `summary` grows with them."""

    def __init__(self, site: Site, camera: str, *, model: str, engine: str, band: BandTable | None = None) -> None:
        """band: how far the model's counts are off; None for a truth, and for a model of which nothing is known."""
        self._site = site
        self._camera = camera
        self._model, self._engine = model, engine
        self._meter = CameraMeter(site.cameras[camera], site.rules, band)
        self._notebook = Notebook()
        self._judge = Judge(watching(site, [camera]), self._notebook, START, voice=log)
        self.summary = Summary()
        self.began_at: datetime | None = None

    def judged(self, moment: Moment) -> tuple[list[RegionReading], list[AlertEvent]]:
        """What the worker would have published at that moment: a reading a region, and what was raised or cleared."""
        self._notebook.events.clear()
        readings = self._readings(moment)
        self.summary.frames += 1
        self.summary.duration_s = round(moment.time_s, 3)
        self.summary.events += len(self._notebook.events)
        for reading in readings:
            self.summary.see(reading, reading.region)
        return readings, list(self._notebook.events)

    def _readings(self, moment: Moment) -> list[RegionReading]:
        now = START + timedelta(seconds=moment.time_s)
        figures = self._meter.measure(
            moment.people, moment.lattice, now.timestamp(), truth=moment.truth, displacement=moment.displacement
        )
        return [
            self._judge.region(
                region_reading(
                    each,
                    site=self._site.id,
                    camera=self._camera,
                    captured_at=now,
                    published_at=now,
                    sequence=self.summary.frames,
                    model=self._model,
                    engine=self._engine,
                )
            )
            for each in figures
        ]


def watching(site: Site, cameras: Iterable[str]) -> Site:
    """The site as if it watched these cameras and no other: one that is switched off can be replayed too."""
    watched = {key: site.cameras[key].model_copy(update={"enabled": True}) for key in cameras}
    return site.model_copy(update={"cameras": watched})
