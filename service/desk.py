"""Where alerts are taken down: stored with their ledger, queued for the channels, and said to the browsers."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import Connection

from crushwatch.messages import AlertEvent, Level
from crushwatch.site import Site
from service.alarms import audit
from service.alarms.alert import Alert
from service.alarms.ledger import Recorded, Step, record
from service.hub import Hub
from service.notify.letter import Occasion
from service.notify.pipeline import Pipeline
from service.notify.route import route
from service.show import Display
from service.store import Database, alerts, deliveries
from service.tally import Tally

log = structlog.get_logger("crushwatch.service.alarms")


class Desk:
    """Everything that happens to an alert goes through here."""

    def __init__(self, site: Site, database: Database, display: Display, hub: Hub, pipeline: Pipeline, tally: Tally):
        self._site = site
        self._database = database
        self._display = display
        self._hub = hub
        self._pipeline = pipeline
        self._tally = tally

    def record(self, connection: Connection, events: Sequence[AlertEvent], at: datetime) -> Recorded:
        """Store events and queue their notifications, in the caller's transaction; `tell` when it is committed."""
        recorded = record(connection, events, at)
        deliveries.enqueue(connection, route(self._site, map(Occasion.of_step, recorded.steps), at), at)
        return recorded

    def tell(self, recorded: Recorded) -> None:
        """Say what was committed."""
        self._tally.alerts(recorded.steps, recorded.new_events)
        if recorded.steps:
            self._hub.alerts([self._display.alert(step.alert) for step in recorded.steps])
            self._pipeline.wake()
        for step in recorded.steps:
            _log_step(step)

    def take_down(self, events: Sequence[AlertEvent], at: datetime) -> None:
        """Store events in a transaction of their own and say so; raises StoreError."""
        with self._database.writing(durable=True) as connection:
            recorded = self.record(connection, events, at)
        self.tell(recorded)

    def acknowledge(self, alert_id: str, by: str, note: str | None, at: datetime) -> Alert | None:
        """Somebody has seen it; None if there is no such alert. Raises IllegalMoveError when that is done already."""
        with self._database.writing(durable=True) as connection:
            alert = alerts.find(connection, alert_id)
            if alert is None:
                return None
            acknowledged = audit.acknowledge(connection, alert, by, note, at)
            occasion = Occasion(
                str(uuid.uuid4()), "acknowledged", at, acknowledged, acknowledged.level, at, acknowledged.because
            )
            deliveries.enqueue(connection, route(self._site, [occasion], at), at)
        self._hub.alerts([self._display.alert(acknowledged)])
        self._pipeline.wake()
        log.info("acknowledged", camera=alert.camera, region=alert.region, rule=alert.rule, by=by)
        return acknowledged

    def open_alerts(self) -> list[Alert]:
        """All open alerts, newest first."""
        with self._database.reading() as connection:
            return alerts.all_open(connection)


def _log_step(step: Step) -> None:
    alert, event = step.alert, step.event
    say = log.info if event.level in (Level.CLEAR, Level.NOTICE) else log.warning
    say(
        f"alert {event.change.value}",
        camera=alert.camera,
        region=alert.region,
        rule=alert.rule,
        level=event.level.value,
        because=event.because,
        alert_id=alert.alert_id,
    )
