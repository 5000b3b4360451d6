"""The latest of everything that the service has heard, with when. One lock, no decisions."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from crushwatch.messages import (
    RAISED_LEVELS,
    SEVERITY,
    AlertChange,
    AlertEvent,
    CameraHealth,
    Level,
    RegionReading,
    WorkerHealth,
)
from crushwatch.rules import RegionRules
from crushwatch.rules.proof import OF_THE_LEVEL, calm_rules
from crushwatch.site import Site
from service.clock import Instant

WHOLE_PICTURE = "picture"
"""The region of a camera for which none is configured."""

CLOCK_SET_BACK_AFTER_S = 5.0
"""Older messages are late ones and passed over; after so long without a newer one, a clock was set back: they count."""
WORKER_SILENT_AFTER_S, WORKER_SILENT_AT_LEAST_S = 15.0, 5.0
"""Seconds without a heartbeat; where cameras are to be told as silent sooner, so are workers, which speak for them."""

RUN_REMEMBERED_S = 60.0
"""A worker's process that was not heard for so long is forgotten; as a worker it is known on."""

RegionKey = tuple[str, str]
"""Camera and region."""

_What = TypeVar("_What")


@dataclass(frozen=True)
class HeardReading:
    """A reading and when the service got it.

    calm_s: the rules whose alerts it and those before it prove ended, each with the seconds for which they all have.
    level_s: the levels that it and those before it show, or a higher one, each with the seconds for which they all do.
    """

    reading: RegionReading
    at: Instant
    calm_s: Mapping[str, float] = field(default_factory=dict)
    level_s: Mapping[Level, float] = field(default_factory=dict)

    @property
    def said(self) -> Instant:
        """When it was sent, on this clock."""
        return said_at(self.reading.published_at, self.at)


@dataclass(frozen=True)
class HeardCamera:
    """When a camera was last spoken of, by a reading or by its worker's report, which may not have come yet.

    `at` is when it was said, `came` when that was read: what waited on a bus that was away speaks of its own time.
    """

    at: Instant
    came: Instant
    health: CameraHealth | None = None


@dataclass(frozen=True)
class HeardWorker:
    """A worker's heartbeat, when it was sent and when it was read; since when it was never silent, and since when each
    was of a future further off than a clock may be, None where this one was not.
    """

    health: WorkerHealth
    at: Instant
    came: Instant
    since: Instant
    ahead_since: Instant | None = None

    @property
    def ahead_s(self) -> float:
        """Seconds by which its clock is ahead of this service's, or 0: what is old may be late."""
        return ahead_s(self.health, self.came)


@dataclass(frozen=True)
class HeardRun:
    """A worker's process as its heartbeats tell it apart from another of the same name, and when it was last heard."""

    name: str
    started_at: datetime
    cameras: frozenset[str]
    came: Instant

    @property
    def key(self) -> tuple[str, datetime]:
        """The same for all heartbeats of one process, as long as it watches by one revision of the site."""
        return self.name, self.started_at


@dataclass(frozen=True)
class BusSense:
    """Whether the bus answers, and since when that is so."""

    reachable: bool
    since: Instant
    reason: str = ""


@dataclass(frozen=True)
class Facts:
    """All that was heard, at one moment."""

    started: Instant
    readings: Mapping[RegionKey, HeardReading]
    cameras: Mapping[str, HeardCamera]
    workers: Mapping[str, HeardWorker]
    bus: BusSense
    backlog: int | None = None
    """Messages on the bus that are not handled yet, when it was last asked."""
    runs: tuple[HeardRun, ...] = ()
    """Of each worker's name there is one, but where several run under it, or one was just started again."""

    def quiet_s(self, heard: Instant | None, now: Instant) -> float:
        """Seconds for which somebody has said nothing although he could be heard."""
        could_speak_s = self.bus.since.monotonic_s
        return now.monotonic_s - max(could_speak_s, heard.monotonic_s if heard else could_speak_s)


@dataclass(frozen=True)
class News:
    """What a batch of messages changed: the regions that have a newer reading, the cameras whose report is new."""

    regions: tuple[RegionKey, ...]
    cameras: tuple[str, ...]


def worker_silent_after_s(site: Site) -> float:
    """Seconds without a heartbeat after which a worker is silent."""
    return max(WORKER_SILENT_AT_LEAST_S, min(WORKER_SILENT_AFTER_S, site.rules.camera.silent_after_s))


def regions_of(site: Site) -> list[RegionKey]:
    """Every region of every camera, in the order of the site file."""
    return [(camera, region) for camera, part in site.cameras.items() for region in (part.regions or (WHOLE_PICTURE,))]


class Board:
    """Thread-safe. Knows the site's own cameras and regions only; what comes of others is passed over."""

    def __init__(self, site: Site, started: Instant) -> None:
        self._lock = threading.Lock()
        self._rules = {
            (camera, region): RegionRules.of(site.rules, site.cameras[camera].regions.get(region))
            for camera, region in regions_of(site)
        }
        self._known_cameras = frozenset(site.cameras)
        self._started = started
        self._silent_after_s = worker_silent_after_s(site)
        self._clock_off_s = site.rules.camera.clock_off_s
        self._readings: dict[RegionKey, HeardReading] = {}
        self._cameras: dict[str, HeardCamera] = {}
        self._workers: dict[str, HeardWorker] = {}
        self._runs: dict[tuple[str, datetime], HeardRun] = {}
        self._bus = BusSense(reachable=True, since=started)
        self._backlog: int | None = None
        self._faults: dict[str, str] = {}

    def remember(self, readings: Iterable[RegionReading], now: Instant) -> None:
        """Start from readings that were stored before: they are shown with their age, and prove no camera alive."""
        with self._lock:
            for reading in readings:
                self._readings[reading.camera, reading.region] = HeardReading(reading, now)

    def hear(self, messages: Iterable[RegionReading | AlertEvent | CameraHealth | WorkerHealth], now: Instant) -> News:
        """Take in what came. A message older than what is known of its subject changes nothing."""
        regions: dict[RegionKey, None] = {}
        cameras: dict[str, None] = {}
        with self._lock:
            for message in messages:
                if isinstance(message, RegionReading) and self._hear_reading(message, now):
                    regions[message.camera, message.region] = None
                elif isinstance(message, CameraHealth) and self._hear_camera(message, now):
                    cameras[message.camera] = None
                elif isinstance(message, WorkerHealth):
                    self._hear_run(message, now)
                    self._hear_worker(message, now)
                elif isinstance(message, AlertEvent):
                    self._hear_alert(message)
        return News(tuple(regions), tuple(cameras))

    def bus_answers(self, now: Instant) -> bool:
        """The bus was reached; returns whether that is news."""
        with self._lock:
            came_back = not self._bus.reachable
            if came_back:
                self._bus = BusSense(reachable=True, since=now)
            return came_back

    def hears_anew(self, now: Instant) -> None:
        """Until now nobody could be heard, and that was no fault of theirs."""
        with self._lock:
            if self._bus.reachable:
                self._bus = BusSense(reachable=True, since=now)

    def bus_fails(self, reason: str, now: Instant) -> bool:
        """The bus could not be reached; returns whether that is news."""
        with self._lock:
            went_away = self._bus.reachable
            self._bus = BusSense(
                reachable=False, since=now if went_away else self._bus.since, reason=reason.rstrip(".")
            )
            return went_away

    def set_backlog(self, messages: int | None) -> None:
        """So many messages wait on the bus; None: not known."""
        with self._lock:
            self._backlog = messages

    def set_fault(self, name: str, sentence: str | None) -> bool:
        """Say what the service itself lacks, or with None that it lacks it no more; returns whether that is news."""
        with self._lock:
            before = self._faults.pop(name, None)
            if sentence is not None:
                self._faults[name] = sentence
            return (before is None) != (sentence is None)

    def has_fault(self, name: str) -> bool:
        """Whether the fault of that name is told now."""
        with self._lock:
            return name in self._faults

    def faults(self, *, without: Collection[str] = ()) -> list[str]:
        """What the service itself lacks now; `without` leaves out the faults of those names."""
        with self._lock:
            bus = [] if self._bus.reachable else [self._bus.reason]
            return [*bus, *(sentence for name, sentence in self._faults.items() if name not in without)]

    def facts(self) -> Facts:
        """Everything at this moment."""
        with self._lock:
            return Facts(
                self._started,
                dict(self._readings),
                dict(self._cameras),
                dict(self._workers),
                self._bus,
                self._backlog,
                tuple(self._runs.values()),
            )

    def _hear_reading(self, reading: RegionReading, now: Instant) -> bool:
        key = (reading.camera, reading.region)
        known = self._readings.get(key)
        if key not in self._rules:
            return False
        if known is not None and _is_late(reading.captured_at, known.reading.captured_at, now.since(known.at)):
            return False
        self._readings[key] = _heard(self._rules[key], known, reading, now)
        camera = self._cameras.get(reading.camera)
        said = said_at(reading.published_at, now)
        if camera is None or camera.at.monotonic_s < said.monotonic_s:
            self._cameras[reading.camera] = HeardCamera(said, now, camera.health if camera else None)
        return True

    def _hear_alert(self, event: AlertEvent) -> None:
        """A level that its worker says has ended is not shown by the readings before: those after it come later."""
        known = self._readings.get((event.camera, event.region or ""))
        has_fallen = event.change in (AlertChange.LOWERED, AlertChange.CLEARED)
        if known is not None and has_fallen and event.rule in OF_THE_LEVEL:
            self._readings[known.reading.camera, known.reading.region] = replace(known, level_s={})

    def _hear_camera(self, health: CameraHealth, now: Instant) -> bool:
        known = self._cameras.get(health.camera)
        if health.camera not in self._known_cameras:
            return False
        if known and known.health and _is_late(health.published_at, known.health.published_at, now.since(known.came)):
            return False
        self._cameras[health.camera] = HeardCamera(said_at(health.published_at, now), now, health)
        return True

    def _hear_run(self, health: WorkerHealth, now: Instant) -> None:
        """Whatever its clock says: of two under one name, that of one may always be behind."""
        run = HeardRun(health.worker, health.started_at, frozenset(health.cameras), now)
        self._runs = {key: known for key, known in self._runs.items() if now.since(known.came) < RUN_REMEMBERED_S}
        self._runs[run.key] = run

    def _hear_worker(self, health: WorkerHealth, now: Instant) -> None:
        known = self._workers.get(health.worker)
        if known is None or not _is_late(health.published_at, known.health.published_at, now.since(known.came)):
            was_silent = known is None or now.since(known.came) >= self._silent_after_s
            since = now if known is None or was_silent else known.since
            is_ahead, before = ahead_s(health, now) > self._clock_off_s, known.ahead_since if known else None
            ahead_since = (before or now) if is_ahead else None
            said = said_at(health.published_at, now)
            self._workers[health.worker] = HeardWorker(health, said, now, since, ahead_since)


def _heard(rules: RegionRules, known: HeardReading | None, reading: RegionReading, now: Instant) -> HeardReading:
    """A reading after those before it; a gap between them begins everything anew."""
    since_last_s = said_at(reading.published_at, now).since(known.said) if known else 0.0
    before = known if known and 0 <= since_last_s < rules.stale_after_s else HeardReading(reading, now)
    calm, levels = calm_rules(rules, reading), _levels_up_to(reading.level)
    return HeardReading(
        reading, now, _longer(before.calm_s, calm, since_last_s), _longer(before.level_s, levels, since_last_s)
    )


def _longer(before_s: Mapping[_What, float], still: Iterable[_What], since_s: float) -> dict[_What, float]:
    """What still holds has held so much longer; what is new begins."""
    return {what: before_s[what] + since_s if what in before_s else 0.0 for what in still}


def _levels_up_to(level: Level) -> list[Level]:
    return [lower for lower in RAISED_LEVELS if SEVERITY[lower] <= SEVERITY[level]]


def ahead_s(health: WorkerHealth, came: Instant) -> float:
    """Seconds of the future that a heartbeat comes from, by this clock; else 0."""
    return max(0.0, (health.published_at - came.wall).total_seconds())


def said_at(published_at: datetime, now: Instant) -> Instant:
    """When a message was sent, on this clock. One from the future, of a worker whose clock is ahead, was sent now."""
    return now.later(-max(0.0, (now.wall - published_at).total_seconds()))


def _is_late(new: datetime, known: datetime, quiet_s: float) -> bool:
    return new <= known and quiet_s < CLOCK_SET_BACK_AFTER_S
