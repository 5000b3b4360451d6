"""The seam between workers and service: streams of messages, previews for who looks, and stills for who asks.

Streams (durable, read by groups that acknowledge): `readings`, `alerts`, `health`. A reader that dies gives its
unacknowledged messages to the next reader of its group, so what it handled may come again: readers are idempotent,
by `event_id` for alerts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from crushwatch.messages import AlertEvent, CameraHealth, Message, Preview, RegionReading, Still, WorkerHealth

StreamName = Literal["readings", "alerts", "health"]
STREAMS: tuple[StreamName, ...] = ("readings", "alerts", "health")
STILL_EVERY_S = 2.0
"""Of one camera no more than a still in so many seconds is asked for, nor made, whoever asks."""


@dataclass(frozen=True)
class Received:
    """A message with what is needed to acknowledge it. `message` is None where the bytes were no message of ours."""

    stream: StreamName
    entry_id: str
    message: RegionReading | AlertEvent | CameraHealth | WorkerHealth | None


class Bus(Protocol):
    """All methods raise BusError when the bus cannot be reached; nothing is retried inside."""

    def publish(self, stream: StreamName, messages: Sequence[Message]) -> None:
        """Append the messages, in order, all or none."""
        ...

    def read(self, group: str, consumer: str, *, limit: int, block_s: float) -> list[Received]:
        """Up to `limit` messages of all streams that nobody of the group has had.

        What this consumer took earlier and never acknowledged comes first.
        Waits up to `block_s` seconds for the first one.
        """
        ...

    def acknowledge(self, group: str, received: Sequence[Received]) -> None:
        """The group is done with these."""
        ...

    def backlog(self, group: str) -> int:
        """Messages that the group has not acknowledged yet."""
        ...

    def attend(self, group: str, who: str, *, for_s: float) -> frozenset[str]:
        """Say that `who` reads for the group during the next `for_s` seconds (0: no more); returns all that do now."""
        ...

    def publish_preview(self, preview: Preview) -> None:
        """To whoever listens now; kept nowhere."""
        ...

    def previews(self, cameras: Sequence[str], *, block_s: float) -> list[Preview]:
        """Previews of these cameras that have come since the last call, waiting up to `block_s` for the first."""
        ...

    def watch(self, cameras: Sequence[str], *, for_s: float) -> None:
        """Somebody looks at these cameras for the next `for_s` seconds."""
        ...

    def watched(self) -> frozenset[str]:
        """The cameras that somebody looks at now."""
        ...

    def want_still(self, camera: str, *, for_s: float) -> None:
        """Somebody waits for one still of this camera; nobody need make it after `for_s` seconds."""
        ...

    def claim_still(self, cameras: Collection[str]) -> str | None:
        """One of these cameras of which a still is wanted. Who gets it makes it; nobody else is told."""
        ...

    def publish_still(self, still: Still) -> None:
        """To whoever listens now; kept nowhere."""
        ...

    def stills(self, cameras: Sequence[str], *, block_s: float) -> list[Still]:
        """Stills of these cameras that have come since the last call, waiting up to `block_s` for the first."""
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...
