"""What is said at one moment to all browsers: written once, compressed once, however many listen. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from typing import TypeVar

from service.board import RegionKey

K = TypeVar("K")
V = TypeVar("V")

WINDOW_BITS = 12
"""4 KiB: what every client of permessage-deflate can be asked to keep in mind."""
COMPRESSION = 1
WORTH_COMPRESSING = 512
MERGED_KEPT = 4


@dataclass(frozen=True)
class Fragment:
    """One region's update as JSON, when its frame was captured, and its trace."""

    text: str
    captured_at: datetime | None = None
    trace: str | None = None


@dataclass(frozen=True, eq=False)
class Frame:
    """Alerts all and in order; of each camera and each region the newest; a tick if a second has passed."""

    alerts: tuple[str, ...] = ()
    cameras: Mapping[str, str] = field(default_factory=dict)
    readings: Mapping[RegionKey, Fragment] = field(default_factory=dict)
    tick: str | None = None

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The messages, what matters most first."""
        readings = ",".join(fragment.text for fragment in self.readings.values())
        joined = (f'{{"type":"readings","readings":[{readings}]}}',) if readings else ()
        return (*self.alerts, *self.cameras.values(), *joined, *((self.tick,) if self.tick else ()))

    @cached_property
    def wire(self) -> bytes:
        """The messages as a WebSocket carries them, each compressed by itself: the same bytes for every browser."""
        return b"".join(on_the_wire(text) for text in self.texts)

    @property
    def captured_at(self) -> list[datetime]:
        """When the frames of the figures in it were captured."""
        return [fragment.captured_at for fragment in self.readings.values() if fragment.captured_at]

    @property
    def traces(self) -> list[str]:
        """The traces of the figures in it that are followed."""
        return [fragment.trace for fragment in self.readings.values() if fragment.trace]


def merged(frames: Sequence[Frame]) -> Frame:
    """What a browser gets that is behind: one frame for several."""
    return frames[0] if len(frames) == 1 else _merged(tuple(frames))


@lru_cache(maxsize=MERGED_KEPT)
def _merged(frames: tuple[Frame, ...]) -> Frame:
    """Kept for a moment: when the machine is too slow, many browsers are behind by the same frames."""
    return Frame(
        alerts=tuple(alert for frame in frames for alert in frame.alerts),
        cameras=_newest(frame.cameras for frame in frames),
        readings=_newest(frame.readings for frame in frames),
        tick=next((frame.tick for frame in reversed(frames) if frame.tick), None),
    )


def _newest(maps: Iterable[Mapping[K, V]]) -> dict[K, V]:
    found: dict[K, V] = {}
    for part in maps:
        found.update(part)
    return found


def on_the_wire(text: str) -> bytes:
    """One text message from a server, after RFC 6455 and, where it is long, RFC 7692 without context takeover."""
    data = text.encode()
    if len(data) < WORTH_COMPRESSING:
        return _header(0x81, len(data)) + data
    compressor = zlib.compressobj(COMPRESSION, zlib.DEFLATED, -WINDOW_BITS)
    packed = (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]
    return _header(0xC1, len(packed)) + packed


def _header(first: int, length: int) -> bytes:
    """Of a whole message: the first byte, then the length in 1, 3 or 9 bytes."""
    if length < 126:
        return bytes((first, length))
    if length < 1 << 16:
        return bytes((first, 126)) + length.to_bytes(2, "big")
    return bytes((first, 127)) + length.to_bytes(8, "big")
