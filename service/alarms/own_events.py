"""What the service writes when it raises or ends an alert itself."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crushwatch.messages import AlertChange, AlertEvent, Level
from service.alarms.alert import Alert
from service.clock import Instant

WORKERS_TURN_S = 10.0
"""So long the worker has to raise and clear what it sees itself before the service does."""

OWN_PREFIX = "watchdog-"
_NAMESPACE = uuid.UUID("c7a6b0d2-6f0e-4e39-9a53-7b1f6a0f4f57")


@dataclass(frozen=True)
class Subject:
    """What an alert of the service is about, under one rule: a camera, one of its regions, a worker, the service."""

    site: str
    about: str
    rule: str
    region: str | None = None

    @property
    def key(self) -> str:
        """As `AlertEvent.key`."""
        return f"{self.about}/{self.region or '-'}/{self.rule}"


def raised(open_alerts: Mapping[str, Alert], subject: Subject) -> Alert | None:
    """The alert about it whose cause still holds, of the open ones by key."""
    alert = open_alerts.get(subject.key)
    return alert if alert is not None and alert.is_raised else None


def raise_since(subject: Subject, because: str, value_s: float, threshold_s: float, now: Instant) -> AlertEvent:
    """An alert about something that has lasted too long."""
    event = event_of(subject, new_id(subject, now), AlertChange.RAISED, Level.ALERT, because, now.wall)
    return event.model_copy(update={"value": round(value_s, 1), "threshold": threshold_s, "unit": "s"})


def new_id(subject: Subject, now: Instant) -> str:
    """The same for the same moment, so that an alert written twice is one."""
    return OWN_PREFIX + str(uuid.uuid5(_NAMESPACE, f"{subject.site}/{subject.key}/{now.wall.isoformat()}"))


def cleared(subject: Subject, alert: Alert, because: str, now: Instant) -> AlertEvent:
    """The end of an alert, the service's own or a worker's."""
    return event_of(subject, alert.alert_id, AlertChange.CLEARED, alert.level, because, now.wall)


def event_of(
    subject: Subject, alert_id: str, change: AlertChange, level: Level, because: str, at: datetime
) -> AlertEvent:
    """An event with neither figures nor an action."""
    rises = change is not AlertChange.CLEARED
    return AlertEvent(
        event_id=str(uuid.uuid5(_NAMESPACE, f"{alert_id}/{change}/{at.isoformat()}")),
        alert_id=alert_id,
        site=subject.site,
        camera=subject.about,
        region=subject.region,
        rule=subject.rule,
        change=change,
        level=level if rises else Level.CLEAR,
        previous_level=Level.CLEAR if rises else level,
        because=because,
        captured_at=at,
        published_at=at,
    )
