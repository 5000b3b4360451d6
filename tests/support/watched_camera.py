"""A camera whose pictures are looked at and judged as a worker does it, on a clock of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from crushwatch.rules import CameraState, Subject, judge_camera
from crushwatch.site import Camera, CameraRules
from support.timeline import START, moment
from workers.health import SightKeeper
from workers.health.arrival import Arrival
from workers.health.reference import Reference, References

Image = np.ndarray


def own_reference(folder: Path, key: str = "gate") -> Reference:
    """A reference picture that the worker takes and keeps itself."""
    return References(folder, folder / "state").of(key, Camera(source="sim:gate"))


@dataclass
class WatchedCamera:
    """`told` holds (second, rule, change) of each event."""

    reference: Reference | None = None
    rules: CameraRules = field(default_factory=CameraRules)
    told: list[tuple[float, str, str]] = field(default_factory=list)
    because: list[str] = field(default_factory=list)
    second: float = 0.0

    def __post_init__(self) -> None:
        self.state = CameraState()
        self.keeper = SightKeeper(START, self.rules, self.reference)

    def film(
        self, pictures: Iterable[Image], *, every_s: float = 2.0, people: np.ndarray | None = None
    ) -> WatchedCamera:
        """One picture after another; a second of them passes in next to no time."""
        for picture in pictures:
            self.keeper.see(picture, moment(self.second), people=people)
            self._judge(self.keeper.sight(arrival=Arrival(sent_rate_hz=25.0, wanted_rate_hz=2.0)))
            self.second += every_s
        return self

    def raised(self) -> list[str]:
        """The rules that raised an alert, in order."""
        return [rule for _second, rule, change in self.told if change == "raised"]

    def open(self) -> set[str]:
        """The rules whose alert is open."""
        return set(self.state.open_alerts)

    def restart(self) -> None:
        """Another worker takes over: what the rules know is kept, what was seen is not."""
        self.keeper = SightKeeper(moment(self.second), self.rules, self.reference)

    def _judge(self, sight: object) -> None:
        self.state = CameraState.model_validate_json(self.state.model_dump_json())
        self.state, events = judge_camera(
            self.rules,
            self.state,
            Subject("s", "gate", None),
            sight,
            moment(self.second),  # type: ignore[arg-type]
            moment(self.second),
        )
        self.told += [(self.second, event.rule, event.change.value) for event in events]
        self.because += [event.because for event in events]
