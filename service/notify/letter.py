"""What a notification says: JSON with type, timestamp and data, as Standard Webhooks have it, under 20 kB."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crushwatch.messages import AlertChange, Level, utc
from crushwatch.site import Site
from service.alarms.alert import Alert
from service.alarms.ledger import Step

LONGEST_TEXT = 1000


@dataclass(frozen=True)
class Occasion:
    """Why somebody is told: an event of an alert, or what a person did with it."""

    event_id: str
    what: str
    at: datetime
    alert: Alert
    previous_level: Level
    captured_at: datetime
    because: str

    @staticmethod
    def of_step(step: Step) -> Occasion:
        """An event that changed an alert."""
        return Occasion(
            event_id=step.event.event_id,
            what=AlertChange(step.event.change).value,
            at=step.event.published_at,
            alert=step.alert,
            previous_level=step.event.previous_level,
            captured_at=step.event.captured_at,
            because=step.event.because,
        )

    @property
    def type(self) -> str:
        """alert.raised, alert.escalated, alert.lowered, alert.cleared, alert.acknowledged"""
        return f"alert.{self.what}"


def body(site: Site, occasion: Occasion) -> str:
    """The text that is signed and posted; the same for every attempt."""
    alert = occasion.alert
    data: dict[str, Any] = {
        "event_id": occasion.event_id,
        "alert_id": alert.alert_id,
        "site": {"id": site.id, "name": site.name or site.id},
        "camera": _named(alert.camera, site.cameras[alert.camera].name if alert.camera in site.cameras else ""),
        "region": _region(site, alert),
        "rule": alert.rule,
        "change": occasion.what,
        "level": alert.level.value,
        "previous_level": occasion.previous_level.value,
        "highest_level": alert.highest_level.value,
        "state": alert.state.value,
        "because": occasion.because[:LONGEST_TEXT],
        "value": alert.value,
        "value_low": alert.value_low,
        "value_high": alert.value_high,
        "threshold": alert.threshold,
        "unit": alert.unit,
        "action": _still_to_do(alert),
        "captured_at": utc(occasion.captured_at),
        "raised_at": utc(alert.raised_at),
        "cleared_at": utc(alert.cleared_at) if alert.cleared_at else None,
        "acknowledged_at": utc(alert.acknowledged_at) if alert.acknowledged_at else None,
        "acknowledged_by": alert.acknowledged_by,
        "note": alert.note,
    }
    letter = {"type": occasion.type, "timestamp": utc(occasion.at), "data": data}
    return json.dumps(letter, ensure_ascii=False, separators=(",", ":"))


def _still_to_do(alert: Alert) -> str | None:
    """What the plan says, while there is anything to be done."""
    if alert.level is Level.CLEAR or alert.action is None:
        return None
    return alert.action[:LONGEST_TEXT]


def _named(key: str, name: str) -> dict[str, str]:
    return {"id": key, "name": name or key}


def _region(site: Site, alert: Alert) -> dict[str, str] | None:
    if alert.region is None:
        return None
    camera = site.cameras.get(alert.camera)
    region = camera.regions.get(alert.region) if camera else None
    return _named(alert.region, region.name if region else "")
