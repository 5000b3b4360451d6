"""Judge: keeps what the rules remember, on disk together with the events that follow from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import structlog
from pydantic import ValidationError
from structlog.typing import FilteringBoundLogger

from crushwatch.bus import OutboxError
from crushwatch.logs import RollUp
from crushwatch.messages import AlertEvent, Forecast, Level, RegionReading
from crushwatch.rules import (
    CameraSight,
    CameraState,
    RegionRules,
    RegionState,
    Subject,
    Trend,
    follow,
    foresee,
    holds,
    judge_camera,
    judge_region,
    region_level,
    restarted,
    signs,
    unwatched,
)
from crushwatch.rules.levels import judged_density
from crushwatch.rules.sight import MOVED, Doubts, picture_doubts
from crushwatch.site import Site
from workers.health.steadily import steadily
from workers.measure import watched_regions

KEEP_EVERY_S = 5.0
"""States that changed without an event are written this often: after a crash a dwell may be this much older."""

log = structlog.get_logger("crushwatch.workers.judge")


class Keeper(Protocol):
    """Where the judge keeps what the rules remember, together with the events that follow from it."""

    def commit(self, events: Sequence[AlertEvent], states: Mapping[str, str], gone: Sequence[str]) -> None:
        """All or none, without the states of what is watched no more; raises OutboxError where the disk refuses."""
        ...

    def states(self) -> dict[str, str]:
        """What was committed before, by key."""
        ...


class Judge:
    """All enabled cameras of a site and their regions. Used by one thread."""

    def __init__(
        self,
        site: Site,
        outbox: Keeper,
        now: datetime,
        *,
        elsewhere: frozenset[str] = frozenset(),
        voice: FilteringBoundLogger = log,
    ) -> None:
        """elsewhere: cameras of the site that other workers watch; their alerts are not ours to end.

        voice: what it logs with, where that is not the worker's.
        """
        self._log = voice
        self._site = site
        self._outbox = outbox
        self._kept_at = now
        self._disk_faults = RollUp(lambda text: self._log.error(f"outbox: {text}"), period_s=10)
        enabled = {key: camera for key, camera in site.cameras.items() if camera.enabled}
        self._rules = {
            _key(camera_key, region_key): RegionRules.of(site.rules, region)
            for camera_key, camera in enabled.items()
            for region_key, region in watched_regions(camera).items()
        }
        self._regions: dict[str, RegionState] = {key: RegionState() for key in self._rules}
        self._trends: dict[str, Trend] = {}
        self._cameras: dict[str, CameraState] = {key: CameraState() for key in enabled}
        self._unkept: set[str] = set()
        self._unkept_events: list[AlertEvent] = []
        self._gone: list[str] = []
        self._restore(outbox.states(), now, elsewhere)

    def region(self, reading: RegionReading) -> RegionReading:
        """The reading with its forecast, its level, what holds that, and its signs.

        Events go to the outbox, which delivers them from memory while the disk refuses.
        """
        key = _key(reading.camera, reading.region)
        rules, subject = self._rules[key], Subject(self._site.id, reading.camera, reading.region)
        reading = reading.model_copy(update={"forecast": self._foresee(key, reading)})
        before = signs(rules, self._regions[key])
        self._regions[key], events = judge_region(rules, self._regions[key], subject, reading)
        self._keep(key, events, reading.captured_at)
        level = region_level(rules, self._regions[key], reading.captured_at)
        shown = signs(rules, self._regions[key])
        if shown != before:
            self._log.info("signs", camera=reading.camera, region=reading.region, shown=shown, before=before)
        held = holds(rules, self._regions[key], reading)
        return reading.model_copy(update={"level": level, "signs": shown or None, "holds": held or None})

    def camera(self, camera: str, seen: CameraSight, now: datetime, now_s: float) -> None:
        """One look further at whether the camera gives pictures that mean something.

        now: on the wall clock, which may be set; now_s: on the monotonic one, as the moments of `seen` (`steadily`).
        """
        rules, subject = self._site.rules.camera, Subject(self._site.id, camera, None)
        state = self._cameras[camera]
        self._cameras[camera], events = judge_camera(rules, state, subject, seen, steadily(now_s), told_at=now)
        self._keep(camera, events, now)

    def level(self, camera: str, region: str, now: datetime) -> Level:
        """The region's level at this moment, unknown without recent figures."""
        key = _key(camera, region)
        return region_level(self._rules[key], self._regions[key], now)

    def picture_doubts(self, camera: str) -> Doubts:
        """What this camera's figures are worth now, and why not more."""
        return picture_doubts(self._cameras[camera].sight)

    def has_moved(self, camera: str) -> bool:
        """Whether the camera looks elsewhere than when it was calibrated: its pixels are no metres then."""
        return self._cameras[camera].sight.has(MOVED)

    def open_since(self, camera: str) -> dict[str, datetime]:
        """The camera alerts that are open, camera-silent, camera-frozen, camera-moved ..., and since when each is."""
        return {rule: alert.raised_at for rule, alert in self._cameras[camera].open_alerts.items()}

    def keep(self, now: datetime) -> None:
        """Write the states that changed; called now and then, and at the end."""
        self._write(now)

    def _foresee(self, key: str, reading: RegionReading) -> Forecast | None:
        """Begins anew after a restart: half a minute later it knows again. Figures of low quality pass it by."""
        density, rules = judged_density(self._rules[key], reading), self._rules[key]
        if density is None:
            return None
        if rules.believes(reading):
            self._trends[key] = follow(self._trends.get(key), density, reading.captured_at)
        trend = self._trends.get(key)
        if trend is None or (reading.captured_at - trend.at).total_seconds() > rules.unknown_after_s:
            return None
        return foresee(rules, trend)

    def _keep(self, key: str, events: list[AlertEvent], now: datetime) -> None:
        self._unkept.add(key)
        self._unkept_events += events
        for event in events:
            self._log.info(
                f"alert {event.change}", camera=event.camera, region=event.region, rule=event.rule,
                alert_level=event.level.value, because=event.because,
            )  # fmt: skip
        if self._unkept_events or (now - self._kept_at).total_seconds() >= KEEP_EVERY_S:
            self._write(now)

    def _write(self, now: datetime) -> None:
        """With the events, and without what is watched no more; where the disk refuses, once it takes something."""
        states = {key: (self._regions.get(key) or self._cameras[key]).model_dump_json() for key in self._unkept}
        try:
            self._outbox.commit(self._unkept_events, states, self._gone)
        except OutboxError as error:
            self._disk_faults.add(str(error), now_s=now.timestamp())
            return
        self._unkept_events.clear()
        self._unkept.clear()
        self._gone.clear()
        self._kept_at = now

    def _restore(self, kept: Mapping[str, str], now: datetime, elsewhere: frozenset[str]) -> None:
        """Take up where the last worker stopped; end the alerts of what is watched no more."""
        for key, state in kept.items():
            try:
                self._take_up(key, state, now, elsewhere)
            except ValidationError as error:  # the watch goes on, as where there is none
                self._log.error("what the rules remembered cannot be read", subject=key, reason=str(error))
        if self._gone:
            self._write(now)

    def _take_up(self, key: str, state: str, now: datetime, elsewhere: frozenset[str]) -> None:
        """Raises ValidationError for a state that cannot be read."""
        if key in self._regions:
            self._regions[key] = RegionState.model_validate_json(state)
        elif key in self._cameras:
            self._cameras[key] = restarted(CameraState.model_validate_json(state))
        elif key.partition("/")[0] not in elsewhere:
            self._gone.append(key)
            self._unkept_events += _farewell(self._site.id, key, state, now)


def _key(camera: str, region: str) -> str:
    return f"{camera}/{region}"


def _farewell(site: str, key: str, state: str, now: datetime) -> list[AlertEvent]:
    camera, _, region = key.partition("/")
    if not region:
        return unwatched(Subject(site, camera, None), CameraState.model_validate_json(state), now)
    return unwatched(Subject(site, camera, region), RegionState.model_validate_json(state), now)
