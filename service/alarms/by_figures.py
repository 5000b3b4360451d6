"""What readings prove of a region's alerts, whatever its worker says of them.

A worker that forgot an alert never ends it: one that raised it while its disk was full and then ended knows nothing of
it. One that takes an alert for told never raises it: its end was lost so, or what it told was, or this service began
with an empty store. Both are rare, and for both the figures that it goes on sending are enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from crushwatch.messages import SEVERITY, AlertChange, AlertEvent, Level, RegionReading, worst
from crushwatch.rules import RegionRules
from crushwatch.rules.proof import OF_THE_LEVEL, shown
from crushwatch.site import Site
from service.alarms.alert import Alert
from service.alarms.own_events import WORKERS_TURN_S, Subject, cleared, event_of, new_id, raised
from service.board import Facts, HeardReading, worker_silent_after_s
from service.clock import Instant


def end_what_is_calm(site: Site, facts: Facts, open_alerts: Mapping[str, Alert], now: Instant) -> Iterator[AlertEvent]:
    """Where fresh figures prove it, for so long that its worker would have ended it.

    What was calm before the alert proves nothing. Nor do the figures of another worker while the one that had the
    camera is silent: it may still hold the alert.
    """
    lost = _cameras_of_silent_workers(site, facts, now)
    for heard in _fresh(site, facts, now):
        camera, region = heard.reading.camera, heard.reading.region
        for rule, figures_calm_s in heard.calm_s.items():
            subject = Subject(site.id, camera, rule, region)
            alert = raised(open_alerts, subject)
            if alert is None or camera in lost:
                continue
            calm_s = min(figures_calm_s, (now.wall - alert.updated_at).total_seconds())
            if calm_s >= _rules_of(site, heard).clear_after_s + WORKERS_TURN_S:
                because = f"clear for {calm_s:.0f} s, and its worker no longer knows of this alert: the service ends it"
                yield cleared(subject, alert, because, now)


def raise_what_is_untold(
    site: Site, facts: Facts, open_alerts: Mapping[str, Alert], now: Instant
) -> Iterator[AlertEvent]:
    """A level that fresh figures show and no alert tells, once its worker had its turn to tell it."""
    for heard in _fresh(site, facts, now):
        level = _lasting_level(heard)
        if level is not Level.CLEAR and SEVERITY[level] > SEVERITY[_told_level(site, open_alerts, heard.reading)]:
            yield _untold(site, open_alerts, heard, level, now)


def _lasting_level(heard: HeardReading) -> Level:
    return worst([level for level, seconds in heard.level_s.items() if seconds >= WORKERS_TURN_S])


def _told_level(site: Site, open_alerts: Mapping[str, Alert], reading: RegionReading) -> Level:
    """The highest of the alerts that make a region's level."""
    subjects = [Subject(site.id, reading.camera, rule, reading.region) for rule in OF_THE_LEVEL]
    return worst([alert.level for subject in subjects if (alert := raised(open_alerts, subject))])


def _untold(
    site: Site, open_alerts: Mapping[str, Alert], heard: HeardReading, level: Level, now: Instant
) -> AlertEvent:
    """A new alert, or a higher level of the one that is open."""
    reading, rules = heard.reading, _rules_of(site, heard)
    rule, verdict = shown(rules, reading, level)
    subject = Subject(site.id, reading.camera, rule, reading.region)
    alert = raised(open_alerts, subject)
    alert_id, change = (alert.alert_id, AlertChange.ESCALATED) if alert else (new_id(subject, now), AlertChange.RAISED)
    because = f"{verdict.because}; shown for {heard.level_s[level]:.0f} s, told by no worker: the service tells it"
    told = {"previous_level": alert.level if alert else Level.CLEAR, "action": rules.actions.get(level)}
    event = event_of(subject, alert_id, change, level, because, now.wall)
    return event.model_copy(update=told | verdict.figures())


def _fresh(site: Site, facts: Facts, now: Instant) -> Iterator[HeardReading]:
    """The readings by which something can be judged now, of cameras that are switched on."""
    if now.since(facts.bus.since) < WORKERS_TURN_S:
        return
    for heard in facts.readings.values():
        camera = site.cameras.get(heard.reading.camera)
        if camera is not None and camera.enabled and now.since(heard.said) < site.rules.stale_after_s:
            yield heard


def _cameras_of_silent_workers(site: Site, facts: Facts, now: Instant) -> frozenset[str]:
    limit_s = worker_silent_after_s(site)
    silent = [heard for heard in facts.workers.values() if facts.quiet_s(heard.at, now) >= limit_s]
    return frozenset(camera for heard in silent for camera in heard.health.cameras)


def _rules_of(site: Site, heard: HeardReading) -> RegionRules:
    return RegionRules.of(site.rules, site.cameras[heard.reading.camera].regions.get(heard.reading.region))
