"""From what was heard to what is shown: levels by age, cameras, regions, alerts. No data is ever shown as safe."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crushwatch import __version__
from crushwatch.messages import CameraHealth, Level
from crushwatch.rules import RegionRules, sight
from crushwatch.site import Camera, Levels, Rules, Site
from service.alarms.alert import Alert
from service.alarms.watchdog import OF_WORKERS, SERVICE
from service.api.views import (
    ActionsView,
    AlertSubject,
    AlertView,
    CameraCondition,
    CameraView,
    GateView,
    LevelsView,
    RegionUpdate,
    RegionView,
    SiteView,
    WorkerView,
)
from service.board import WHOLE_PICTURE, Facts, HeardCamera, HeardReading, RegionKey, worker_silent_after_s
from service.clock import Instant
from service.drawing import Drawing, drawing_of

_NO_PICTURE: dict[CameraCondition, str] = {
    CameraCondition.SILENT: "the camera is silent",
    CameraCondition.FROZEN: "the picture is frozen",
    CameraCondition.DARK: "the picture is too dark to count",
    CameraCondition.OVEREXPOSED: "the picture is too bright to count",
    CameraCondition.COVERED: "the camera is covered",
    CameraCondition.MOVED: "the camera has moved: no density until it is turned back or calibrated anew",
    CameraCondition.OFF: "the camera is switched off in the site file",
}
"""Conditions in which nothing is known of the camera's regions, whatever the last reading says."""


_CONDITION_OF = {
    sight.SILENT: CameraCondition.SILENT,
    sight.FROZEN: CameraCondition.FROZEN,
    sight.COVERED: CameraCondition.COVERED,
    sight.MOVED: CameraCondition.MOVED,
    sight.DARK: CameraCondition.DARK,
    sight.OVEREXPOSED: CameraCondition.OVEREXPOSED,
}


@dataclass(frozen=True)
class Standing:
    """What a camera gives, since when, and why."""

    condition: CameraCondition
    since: datetime | None
    reason: str = ""


@dataclass(frozen=True)
class Seen:
    """How a region is shown: its level, and whether its figure is marked as old."""

    level: Level
    stale: bool


def camera_standing(site: Site, facts: Facts, camera: str, now: Instant) -> Standing:
    """What a camera gives, as far as the service can tell: one that nobody speaks of is silent."""
    if not site.cameras[camera].enabled:
        return Standing(CameraCondition.OFF, None, _NO_PICTURE[CameraCondition.OFF])
    heard = facts.cameras.get(camera)
    last = heard.at if heard else facts.started
    limit_s = site.rules.camera.silent_after_s
    if max(now.since(last), facts.quiet_s(heard.at if heard else None, now)) >= limit_s:
        return Standing(CameraCondition.SILENT, last.wall, _why_silent(facts, heard, limit_s, now))
    if heard is None or heard.health is None:
        condition = CameraCondition.STARTING if heard is None else CameraCondition.OK
        return Standing(condition, last.wall, "no worker has spoken of it yet" if heard is None else "")
    return Standing(_condition(heard.health), heard.health.since, heard.health.reason)


def _condition(health: CameraHealth) -> CameraCondition:
    """What hides the scene, by the faults that the worker names; an older one says it in its state alone."""
    named = (_CONDITION_OF.get(fault) for fault in health.faults or ())
    return next((condition for condition in named if condition), CameraCondition(health.state.value))


def _why_silent(facts: Facts, heard: HeardCamera | None, limit_s: float, now: Instant) -> str:
    if not facts.bus.reachable:
        return f"the bus does not answer: {facts.bus.reason}"
    if heard is not None and now.since(heard.came) < limit_s:
        return "what is said of it comes late, or by a clock that is behind"
    return "no worker speaks of it"


def reading_age_s(heard: HeardReading, now: Instant) -> float:
    """Seconds since the capture, by the worse of two clocks: a worker's clock that is ahead makes nothing young."""
    return max((now.wall - heard.reading.captured_at).total_seconds(), now.since(heard.at), 0.0)


def region_update(
    rules: Rules, key: RegionKey, standing: Standing, heard: HeardReading | None, now: Instant
) -> RegionUpdate:
    """The region's level as it may be shown: unknown without a fresh reading of a picture that means something."""
    age_s = reading_age_s(heard, now) if heard else None
    reason = _why_unknown(rules, standing, heard, age_s)
    seen = _seen(rules, heard, age_s, reason)
    return RegionUpdate(
        camera=key[0],
        region=key[1],
        level=seen.level,
        stale=seen.stale,
        age_s=None if age_s is None else round(age_s, 3),
        reason=reason,
        reading=heard.reading if heard else None,
    )


def region_seen(rules: Rules, standing: Standing, heard: HeardReading | None, now: Instant) -> Seen:
    """What `region_update` would say of level and age, at a fraction of its cost."""
    age_s = reading_age_s(heard, now) if heard else None
    return _seen(rules, heard, age_s, _why_unknown(rules, standing, heard, age_s))


def _seen(rules: Rules, heard: HeardReading | None, age_s: float | None, reason: str) -> Seen:
    level = Level.UNKNOWN if reason or heard is None else heard.reading.level
    return Seen(level, heard is not None and (age_s is None or age_s >= rules.stale_after_s or bool(reason)))


def _why_unknown(rules: Rules, standing: Standing, heard: HeardReading | None, age_s: float | None) -> str:
    if standing.condition in _NO_PICTURE:
        return standing.reason or _NO_PICTURE[standing.condition]
    if heard is None or age_s is None:
        return "nothing has been measured yet"
    if age_s >= rules.unknown_after_s:
        return f"nothing measured for {age_s:.0f} s"
    if heard.reading.level is Level.UNKNOWN:
        return "; ".join(heard.reading.quality_reasons) or "the worker cannot tell"
    return ""


class Display:
    """Makes the views of one site. What never changes, all that was configured for a region, is made once."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._drawings = {name: drawing_of(name, part) for name, part in site.cameras.items()}
        self._configured = {
            (name, region): _configured(site.rules, region, part, self._drawings[name])
            for name, part in site.cameras.items()
            for region in part.regions or (WHOLE_PICTURE,)
        }

    @property
    def regions(self) -> list[RegionKey]:
        """All regions, in the order of the site file."""
        return list(self._configured)

    def thresholds(self, key: RegionKey) -> LevelsView:
        """From where a region's levels are raised."""
        levels: LevelsView = self._configured[key]["thresholds"]
        return levels

    def venue(self, *, login_required: bool) -> SiteView:
        """The site."""
        site = self.site
        return SiteView(
            id=site.id,
            name=site.name or site.id,
            revision=site.revision,
            timezone=site.timezone,
            cameras=list(site.cameras),
            standing=_levels(site.rules.standing),
            moving=_levels(site.rules.moving),
            judge=site.rules.judge,
            stale_after_s=site.rules.stale_after_s,
            unknown_after_s=site.rules.unknown_after_s,
            login_required=login_required,
            version=__version__,
        )

    def cameras(self, facts: Facts, now: Instant) -> list[CameraView]:
        """All cameras, in the order of the site file."""
        return [self.camera(facts, camera, now) for camera in self.site.cameras]

    def camera(self, facts: Facts, camera: str, now: Instant) -> CameraView:
        """One camera with its regions."""
        part = self.site.cameras[camera]
        heard = facts.cameras.get(camera)
        health = heard.health if heard else None
        standing = camera_standing(self.site, facts, camera, now)
        told = {} if health is None else health.model_dump(include=_TOLD_BY_HEALTH, exclude_none=True)
        return CameraView(
            id=camera,
            name=part.name or camera,
            enabled=part.enabled,
            simulated=health.simulated if health else part.source.reveal().startswith("sim:"),
            state=standing.condition,
            since=standing.since,
            reason=standing.reason,
            heard_at=heard.at.wall if heard else None,
            asked_rate_hz=part.analysis_rate_hz,
            obstacles=list(self._drawings[camera].obstacles),
            regions=[
                self._region(facts, (camera, region), standing, now) for region in part.regions or (WHOLE_PICTURE,)
            ],
            **told,
        )

    def region_updates(self, facts: Facts, keys: list[RegionKey], now: Instant) -> list[RegionUpdate]:
        """What changes from second to second, for some regions."""
        standings = {camera: camera_standing(self.site, facts, camera, now) for camera, _region in keys}
        return [region_update(self.site.rules, key, standings[key[0]], facts.readings.get(key), now) for key in keys]

    def alert(self, alert: Alert) -> AlertView:
        """An alert, titled in the names that people use."""
        values = {name: getattr(alert, name) for name in AlertView.model_fields if hasattr(alert, name)}
        camera = self.site.cameras.get(alert.camera)
        simulated = camera is not None and camera.source.reveal().startswith("sim:")
        return AlertView(**values, about=_about(alert), title=self.title(alert), simulated=simulated)

    def title(self, alert: Alert) -> str:
        """What an alert is about: `North gate · Stairs`."""
        if alert.camera == SERVICE and alert.camera not in self.site.cameras:
            return self.site.name or self.site.id
        if alert.rule in OF_WORKERS:
            return f"worker {alert.camera}"
        camera = self.site.cameras.get(alert.camera)
        name = (camera.name if camera else "") or alert.camera
        if alert.region is None:
            return name
        region = camera.regions.get(alert.region) if camera else None
        return f"{name} · {(region.name if region else '') or alert.region}"

    def _region(self, facts: Facts, key: RegionKey, standing: Standing, now: Instant) -> RegionView:
        update = region_update(self.site.rules, key, standing, facts.readings.get(key), now)
        return RegionView(**dict(update), **self._configured[key])


def _configured(rules: Rules, key: str, camera: Camera, drawing: Drawing) -> dict[str, Any]:
    """The fields of a region's view that come from the site file."""
    part = camera.regions.get(key)
    judged = RegionRules.of(rules, part)
    return {
        "name": (part.name if part else "") or key,
        "kind": part.kind if part else "standing",
        "outline": drawing.outlines.get(key),
        "gates": [
            GateView(gate=name, name=gate.name or name, line=drawing.lines.get(name))
            for name, gate in camera.gates.items()
            if gate.into == key
        ],
        "thresholds": _levels(judged.levels),
        "capacity_people": judged.capacity_people,
        "actions": ActionsView(**part.actions.model_dump()) if part else ActionsView(),
    }


_TOLD_BY_HEALTH = {
    "faults",
    "last_frame_at",
    "width_px",
    "height_px",
    "codec",
    "source_rate_hz",
    "analysed_rate_hz",
    "reconnects",
    "decode_errors",
    "frames_analysed",
    "machine_slow",
    "worker",
}


def workers(site: Site, facts: Facts, now: Instant) -> list[WorkerView]:
    """All workers that were heard since the service started."""
    shown = []
    for name, heard in sorted(facts.workers.items()):
        told = {
            field: getattr(heard.health, field) for field in WorkerView.model_fields if hasattr(heard.health, field)
        }
        age_s = now.since(heard.at)
        told["cameras"] = list(heard.health.cameras)
        shown.append(WorkerView(id=name, silent=age_s >= worker_silent_after_s(site), age_s=round(age_s, 1), **told))
    return shown


def _about(alert: Alert) -> AlertSubject:
    if alert.region is not None:
        return AlertSubject.REGION
    if alert.rule in OF_WORKERS:
        return AlertSubject.WORKER
    return AlertSubject.CAMERA if alert.rule.startswith("camera-") else AlertSubject.SERVICE


def _levels(levels: Levels) -> LevelsView:
    return LevelsView(**levels.model_dump())
