"""Scenarios for rules on a time line: feed densities, read what was raised and when, in seconds from the start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from crushwatch.messages import AlertEvent, Band, Hold, Level, RegionReading
from crushwatch.rules import RegionRules, RegionState, Subject, holds, judge_region, region_level, signs
from crushwatch.site import Region, Rules

START = datetime(2022, 10, 29, 13, 0, tzinfo=UTC)
OUTLINE = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0))


def moment(second: float) -> datetime:
    return START + timedelta(seconds=second)


def reading(
    second: float,
    density: float | None,
    *,
    peak: float | None = None,
    quality: float = 1.0,
    count: float = 10.0,
    band: Band | None = None,
) -> RegionReading:
    return RegionReading(
        site="s", camera="gate", region="front", captured_at=moment(second), published_at=moment(second),
        sequence=0, count=count, instant_count=count, density_per_m2=density, peak_density_per_m2=peak,
        level=Level.UNKNOWN, quality=quality, band=band, model="m", engine="e",
    )  # fmt: skip


@dataclass
class Timeline:
    """One region under its rules. `told` has (second, change, level) of each event, `held` is of the last reading."""

    rules: RegionRules = field(default_factory=lambda: RegionRules.of(Rules(), Region(polygon_m=OUTLINE)))
    state: RegionState = field(default_factory=RegionState)
    events: list[AlertEvent] = field(default_factory=list)
    told: list[tuple[float, str, str]] = field(default_factory=list)
    held: tuple[Hold, ...] = ()

    def feed(self, start: float, densities: Iterable[float | None], *, every_s: float = 1.0, **more: Any) -> float:
        """Readings from `start` on; returns the second after the last."""
        second = start
        for density in densities:
            self.see(reading(second, density, **more))
            second += every_s
        return second

    def hold(self, density: float, start: float, end: float, **more: Any) -> None:
        """One density from `start` to `end`, both included, once a second."""
        self.feed(start, [density] * (int(end - start) + 1), **more)

    def see(self, message: RegionReading) -> None:
        self.state = RegionState.model_validate_json(self.state.model_dump_json())  # as over a restart
        self.state, events = judge_region(self.rules, self.state, Subject("s", "gate", "front"), message)
        self.events += events
        self.held = holds(self.rules, self.state, message)
        seconds = (message.captured_at - START).total_seconds()
        self.told += [(seconds, event.change.value, event.level.value) for event in events]

    def level(self, second: float) -> str:
        return region_level(self.rules, self.state, moment(second)).value

    def signs(self) -> tuple[str, ...]:
        return signs(self.rules, self.state)
