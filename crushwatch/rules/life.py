"""An alert's life as the rules see it: raised, escalated, lowered, cleared. People's acts are the service's.

    open? | the rule now says | event
    ------|-------------------|-----------
    no    | clear             | none
    no    | a level           | raised
    yes   | the same level    | none
    yes   | a higher level    | escalated
    yes   | a lower level     | lowered
    yes   | clear             | cleared

Ids are made from what the alert is about and when it began, so the same history gives the same ids: a judgement that is
repeated after a crash cannot make a second alert.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime

from crushwatch.messages import SEVERITY, AlertChange, AlertEvent, Level
from crushwatch.rules.latch import State

_NAMESPACE = uuid.UUID("5c1bb0f4-8f0c-4d7b-9d0a-1c2f0e1d2a3b")


@dataclass(frozen=True)
class Subject:
    """What an alert is about. `region` None: the camera itself."""

    site: str
    camera: str
    region: str | None


@dataclass(frozen=True)
class Verdict:
    """What one rule says at one moment, and why."""

    level: Level
    because: str
    value: float | None = None
    interval: tuple[float, float] | None = None
    threshold: float | None = None
    unit: str | None = None

    def figures(self) -> dict[str, Any]:
        """What an event tells of it in numbers, by the names of its fields."""
        low, high = self.interval or (None, None)
        return {
            "value": self.value,
            "value_low": low,
            "value_high": high,
            "threshold": self.threshold,
            "unit": self.unit,
        }


class OpenAlert(State):
    """What must be remembered of an alert that is open."""

    alert_id: str
    level: Level
    steps: int
    raised_at: AwareDatetime


def next_life(
    subject: Subject, rule: str, life: OpenAlert | None, verdict: Verdict, now: datetime
) -> tuple[OpenAlert | None, list[AlertEvent]]:
    """The alert after this verdict, and the event that tells of the change, if there is one."""
    change = _change(life.level if life else Level.CLEAR, verdict.level)
    if change is None:
        return life, []
    before = life or OpenAlert(alert_id=_alert_id(subject, rule, now), level=Level.CLEAR, steps=0, raised_at=now)
    after = before.model_copy(update={"level": verdict.level, "steps": before.steps + 1})
    event = AlertEvent(
        event_id=str(uuid.uuid5(_NAMESPACE, f"{before.alert_id}/{after.steps}")),
        alert_id=before.alert_id,
        site=subject.site,
        camera=subject.camera,
        region=subject.region,
        rule=rule,
        change=change,
        level=verdict.level,
        previous_level=before.level,
        because=verdict.because,
        **verdict.figures(),
        captured_at=now,
        published_at=now,
    )
    return (None if change is AlertChange.CLEARED else after), [event]


def _change(before: Level, after: Level) -> AlertChange | None:
    if before is after:
        return None
    if before is Level.CLEAR:
        return AlertChange.RAISED
    if after is Level.CLEAR:
        return AlertChange.CLEARED
    return AlertChange.ESCALATED if SEVERITY[after] > SEVERITY[before] else AlertChange.LOWERED


def _alert_id(subject: Subject, rule: str, now: datetime) -> str:
    about = f"{subject.site}/{subject.camera}/{subject.region or '-'}/{rule}"
    return str(uuid.uuid5(_NAMESPACE, f"{about}/{now.isoformat()}"))
