"""What a service may have heard, and what is open: values for the watchdog, which decides by nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from crushwatch.messages import AlertEvent
from service.alarms.alert import Alert, after_event
from service.board import BusSense, Facts, HeardCamera, HeardWorker
from service.clock import Instant
from support.service_messages import camera_health, worker_health

START = Instant(datetime(2026, 5, 1, 20, 0, tzinfo=UTC), 1000.0)


def facts(**told: Any) -> Facts:
    blank = Facts(START, {}, {}, {}, BusSense(reachable=True, since=START))
    return replace(blank, **told)


def restarted(at: Instant, **told: Any) -> Facts:
    """What a service that started then has heard since."""
    return facts(**({"started": at, "bus": BusSense(reachable=True, since=at)} | told))


def camera(at: Instant, **told: Any) -> HeardCamera:
    return HeardCamera(at, at, camera_health(at=at.wall, **({"since": START.wall} | told)))


def worker(at: Instant, name: str = "worker-1", *, since: Instant = START, **told: Any) -> HeardWorker:
    return HeardWorker(worker_health(name, **({"at": at.wall} | told)), at, at, since)


def both_cameras(at: Instant, **told: Any) -> dict[str, HeardCamera]:
    return {"gate": camera(at, **told), "hall": camera(at)}


def opened(events: list[AlertEvent], before: Mapping[str, Alert] | None = None) -> dict[str, Alert]:
    alerts = dict(before or {})
    for event in events:
        alerts[event.key] = after_event(alerts.get(event.key), event)
    return alerts


def keys(events: list[AlertEvent]) -> list[tuple[str, str]]:
    return [(event.key, event.change.value) for event in events]
