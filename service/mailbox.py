"""What waits for one browser: alerts in order and all of them, of everything else only the newest. Pure, bounded."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime

ALERTS_AT_MOST = 1000
"""A browser that is so far behind is cut off: it comes back and gets a snapshot, which misses nothing."""


@dataclass(frozen=True)
class Fragment:
    """One region's update as JSON, made once for all browsers."""

    camera: str
    region: str
    text: str
    captured_at: datetime | None
    trace: str | None = None


@dataclass(frozen=True)
class Parcel:
    """One message to send, and when the frames of the readings in it were captured."""

    text: str
    captured_at: tuple[datetime, ...] = ()
    traces: tuple[str, ...] = ()


class Mailbox:
    """Used by the event loop only."""

    def __init__(self) -> None:
        self._alerts: deque[str] = deque()
        self._cameras: dict[str, str] = {}
        self._readings: dict[tuple[str, str], Fragment] = {}
        self._previews: dict[str, str] = {}
        self._tick: str | None = None
        self.watching: frozenset[str] = frozenset()
        self.overfull = False

    def put_alert(self, text: str) -> None:
        """Kept in order; where there is no room left, the mailbox is `overfull` and its browser must start again."""
        self.overfull = self.overfull or len(self._alerts) >= ALERTS_AT_MOST
        if not self.overfull:
            self._alerts.append(text)

    def put_camera(self, camera: str, text: str) -> None:
        """The newest of each camera."""
        self._cameras[camera] = text

    def put_readings(self, fragments: tuple[Fragment, ...]) -> None:
        """The newest of each region."""
        for fragment in fragments:
            self._readings[fragment.camera, fragment.region] = fragment

    def put_preview(self, camera: str, text: str) -> None:
        """The newest of each camera, if this browser looks at it."""
        if camera in self.watching:
            self._previews[camera] = text

    def put_tick(self, text: str) -> None:
        """The newest."""
        self._tick = text

    def take(self) -> list[Parcel]:
        """Everything that waits, what matters most first; then nothing waits any more."""
        parcels = [Parcel(text) for text in (*self._alerts, *self._cameras.values())]
        parcels += _joined(tuple(self._readings.values()))
        parcels += [Parcel(self._tick)] if self._tick is not None else []
        parcels += [Parcel(text) for text in self._previews.values()]
        self._alerts.clear()
        self._cameras.clear()
        self._readings.clear()
        self._previews.clear()
        self._tick = None
        return parcels


def _joined(fragments: tuple[Fragment, ...]) -> list[Parcel]:
    """One `readings` message of all fragments."""
    if not fragments:
        return []
    text = '{"type":"readings","readings":[' + ",".join(fragment.text for fragment in fragments) + "]}"
    captured_at = tuple(fragment.captured_at for fragment in fragments if fragment.captured_at)
    return [Parcel(text, captured_at, tuple(fragment.trace for fragment in fragments if fragment.trace))]
