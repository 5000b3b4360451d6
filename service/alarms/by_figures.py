"""What readings prove of a region's alerts, whatever its worker says of them.

A worker that forgot an alert never ends it: one that raised it while its disk was full and then ended knows nothing of
it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from crushwatch.messages import AlertEvent
from crushwatch.rules import RegionRules
from crushwatch.site import Site
from service.alarms.alert import Alert
from service.alarms.own import WORKERS_TURN_S, Subject, cleared, raised
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
