"""The bus inside one process: the same contract as Redis, for tests and for trying things out."""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from crushwatch.bus.bus import STREAMS, Received, StreamName
from crushwatch.bus.listener import Shown
from crushwatch.errors import BusError
from crushwatch.messages import Message, Picture, Preview, Still, decode, encode


@dataclass
class _Group:
    next_entry: dict[StreamName, int] = field(default_factory=lambda: dict.fromkeys(STREAMS, 0))
    pending: dict[tuple[StreamName, str], tuple[str, bytes]] = field(default_factory=dict)
    readers_met: set[str] = field(default_factory=set)


class MemoryBus:
    """See `Bus`. `go_away()` and `come_back()` play a Redis that dies and returns with its data."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._entries: dict[StreamName, list[bytes]] = {stream: [] for stream in STREAMS}
        self._groups: dict[str, _Group] = {}
        self._previews: deque[Preview] = deque(maxlen=64)
        self._stills: deque[Still] = deque(maxlen=4)
        self._watched: dict[str, float] = {}
        self._wanted: dict[str, float] = {}
        self._present: dict[str, dict[str, float]] = {}
        self._away = False

    def go_away(self) -> None:
        """From now on every call raises BusError."""
        with self._changed:
            self._away = True
            self._changed.notify_all()

    def come_back(self) -> None:
        """Reachable again."""
        self._away = False

    def publish(self, stream: StreamName, messages: Sequence[Message]) -> None:
        """See `Bus.publish`."""
        with self._changed:
            self._reachable()
            self._entries[stream] += [encode(message) for message in messages]
            self._changed.notify_all()

    def read(self, group: str, consumer: str, *, limit: int, block_s: float) -> list[Received]:
        """See `Bus.read`."""
        deadline = time.monotonic() + block_s
        with self._changed:
            while True:
                self._reachable()
                found = self._take(self._groups.setdefault(group, _Group()), consumer, limit)
                left = deadline - time.monotonic()
                if found or left <= 0:
                    return found
                self._changed.wait(left)

    def acknowledge(self, group: str, received: Sequence[Received]) -> None:
        """See `Bus.acknowledge`."""
        with self._changed:
            self._reachable()
            pending = self._groups.setdefault(group, _Group()).pending
            for entry in received:
                pending.pop((entry.stream, entry.entry_id), None)

    def backlog(self, group: str) -> int:
        """See `Bus.backlog`."""
        with self._changed:
            self._reachable()
            state = self._groups.setdefault(group, _Group())
            return len(state.pending) + sum(len(self._entries[stream]) - state.next_entry[stream] for stream in STREAMS)

    def attend(self, group: str, who: str, *, for_s: float) -> frozenset[str]:
        """See `Bus.attend`."""
        with self._changed:
            self._reachable()
            now = time.monotonic()
            present = self._present.setdefault(group, {}) | {who: now + for_s}
            self._present[group] = {name: until for name, until in present.items() if until > now}
            return frozenset(self._present[group])

    def publish_preview(self, preview: Preview) -> None:
        """See `Bus.publish_preview`."""
        self._show(self._previews, preview)

    def previews(self, cameras: Sequence[str], *, block_s: float) -> list[Preview]:
        """See `Bus.previews`."""
        return self._see(self._previews, cameras, block_s)

    def watch(self, cameras: Sequence[str], *, for_s: float) -> None:
        """See `Bus.watch`."""
        with self._changed:
            self._reachable()
            until = time.monotonic() + for_s
            for camera in cameras:
                self._watched[camera] = max(until, self._watched.get(camera, 0.0))

    def watched(self) -> frozenset[str]:
        """See `Bus.watched`."""
        with self._changed:
            self._reachable()
            now = time.monotonic()
            return frozenset(camera for camera, until in self._watched.items() if until > now)

    def want_still(self, camera: str, *, for_s: float) -> None:
        """See `Bus.want_still`."""
        with self._changed:
            self._reachable()
            self._wanted[camera] = time.monotonic() + for_s

    def claim_still(self, cameras: Collection[str]) -> str | None:
        """See `Bus.claim_still`."""
        with self._changed:
            self._reachable()
            now = time.monotonic()
            self._wanted = {camera: until for camera, until in self._wanted.items() if until > now}
            found = next((camera for camera in self._wanted if camera in cameras), None)
            if found is not None:
                del self._wanted[found]
            return found

    def publish_still(self, still: Still) -> None:
        """See `Bus.publish_still`."""
        self._show(self._stills, still)

    def stills(self, cameras: Sequence[str], *, block_s: float) -> list[Still]:
        """See `Bus.stills`."""
        return self._see(self._stills, cameras, block_s)

    def close(self) -> None:
        """See `Bus.close`."""

    def _reachable(self) -> None:
        if self._away:
            raise BusError("the bus is away")

    def _show(self, shown: deque[Shown], picture: Shown) -> None:
        with self._changed:
            self._reachable()
            shown.append(picture)
            self._changed.notify_all()

    def _see(self, shown: deque[Shown], cameras: Sequence[str], block_s: float) -> list[Shown]:
        deadline = time.monotonic() + block_s
        with self._changed:
            while True:
                self._reachable()
                found = [picture for picture in shown if picture.camera in cameras]
                shown.clear()
                left = deadline - time.monotonic()
                if found or left <= 0:
                    return found
                self._changed.wait(left)

    def _take(self, group: _Group, consumer: str, limit: int) -> list[Received]:
        if consumer not in group.readers_met:
            group.readers_met.add(consumer)
            mine = [(key, held) for key, held in group.pending.items() if held[0] == consumer]
            if mine:
                return [_received(stream, entry_id, data) for (stream, entry_id), (_, data) in mine[:limit]]
        found: list[Received] = []
        for stream in STREAMS:
            start = group.next_entry[stream]
            for index in itertools.islice(range(start, len(self._entries[stream])), limit - len(found)):
                data = self._entries[stream][index]
                group.pending[stream, str(index)] = (consumer, data)
                group.next_entry[stream] = index + 1
                found.append(_received(stream, str(index), data))
        return found


def _received(stream: StreamName, entry_id: str, data: bytes) -> Received:
    message = decode(data)
    return Received(stream, entry_id, None if isinstance(message, Picture) else message)
