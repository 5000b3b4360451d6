"""Many dashboards in one process: a WebSocket each, every message received, the age of every figure on arrival noted.

Real dashboards inflate and read their messages on machines of their own. Here that is done once for all of them: a
message that was seen before is known by its bytes.
"""

from __future__ import annotations

import asyncio
import json
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import numpy.typing as npt
import websockets
from websockets.extensions import Extension
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, PerMessageDeflate
from websockets.frames import Frame, Opcode
from websockets.typing import ExtensionParameter

LONGEST_MS = 30_000
KNOWN_AT_MOST = 256


@dataclass
class Heard:
    """What all dashboards together heard. `ages` counts figures by whole milliseconds from bus to browser."""

    ages: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(LONGEST_MS, np.int64))
    figures: int = 0
    messages: int = 0
    bytes_on_the_wire: int = 0
    alerts: int = 0
    lost: int = 0
    snapshot_s: list[float] = field(default_factory=list)
    longest_tick_gap_s: float = 0.0

    @property
    def oldest_ms(self) -> float:
        """The age of the figure that took longest."""
        return float(max(np.flatnonzero(self.ages), default=0))

    def percentile_ms(self, share: float) -> float:
        """The age that this share of the figures does not pass."""
        return float(np.searchsorted(np.cumsum(self.ages), share * self.ages.sum()))


@dataclass(frozen=True)
class _Message:
    kind: str
    published_s: npt.NDArray[np.float64]
    """Seconds since 1970, one for each figure in it."""


def listen(url: str, count: int, pipe: Connection) -> None:
    """Says "ready" when all are in; begins anew at the first word over the pipe; at the second says what was heard."""
    asyncio.run(_listen(url, count, pipe))


async def _listen(url: str, count: int, pipe: Connection) -> None:
    heard = [Heard()]
    known = _Known()
    snapshots: asyncio.Queue[float] = asyncio.Queue()
    async with asyncio.TaskGroup() as group:
        dashboards = []
        for _number in range(count):
            dashboards.append(group.create_task(_dashboard(url, lambda: heard[0], known, snapshots)))
            await asyncio.sleep(0.02)
        joined = [await snapshots.get() for _dashboard_in in range(count)]
        pipe.send("ready")
        await asyncio.to_thread(pipe.recv)
        heard[0] = Heard()
        await asyncio.to_thread(pipe.recv)
        found = heard[0]
        found.snapshot_s = joined
        for dashboard in dashboards:
            dashboard.cancel()
    pipe.send(found)


class _Known:
    """What messages hold, each read once."""

    def __init__(self) -> None:
        self._read: OrderedDict[str | bytes, _Message] = OrderedDict()

    def message(self, data: str | bytes) -> _Message:
        """What is in it; `data` is compressed if it is bytes."""
        found = self._read.get(data)
        if found is None:
            found = self._read[data] = _read(data)
            if len(self._read) > KNOWN_AT_MOST:
                self._read.popitem(last=False)
        return found


def _read(data: str | bytes) -> _Message:
    text = data if isinstance(data, str) else zlib.decompressobj(-zlib.MAX_WBITS).decompress(data)
    message: dict[str, Any] = json.loads(text)
    updates = message["readings"] if message["type"] == "readings" else []
    readings = [update["reading"] for update in updates if update["reading"] and not update["stale"]]
    published_s = [datetime.fromisoformat(reading["published_at"]).timestamp() for reading in readings]
    return _Message(message["type"], np.array(published_s, np.float64))


async def _dashboard(url: str, heard: Callable[[], Heard], known: _Known, snapshots: asyncio.Queue[float]) -> None:
    asked_s = time.monotonic()
    tick_s = 0.0
    async with websockets.connect(
        url, max_size=None, open_timeout=60, compression=None, extensions=[_TakesDeflate(True, True)]
    ) as live:
        await live.recv()
        await live.send(json.dumps({"type": "watch", "cameras": []}))
        snapshots.put_nowait(time.monotonic() - asked_s)
        try:
            async for data in live:
                now_s, found, message = time.time(), heard(), known.message(data)
                found.messages += 1
                found.bytes_on_the_wire += len(data)
                if message.kind == "readings":
                    ages_ms = np.clip((now_s - message.published_s) * 1000, 0, LONGEST_MS - 1).astype(np.int64)
                    np.add.at(found.ages, ages_ms, 1)
                    found.figures += len(ages_ms)
                elif message.kind == "alert":
                    found.alerts += 1
                elif message.kind == "tick":
                    gap_s = time.monotonic() - tick_s if tick_s else 0.0
                    found.longest_tick_gap_s, tick_s = max(found.longest_tick_gap_s, gap_s), time.monotonic()
        except websockets.ConnectionClosed:
            heard().lost += 1


class _LeavesCompressed(PerMessageDeflate):
    def decode(self, frame: Frame, **_limit: object) -> Frame:
        """As bytes, still compressed."""
        return Frame(Opcode.BINARY, bytes(frame.data), frame.fin) if frame.rsv1 else frame


class _TakesDeflate(ClientPerMessageDeflateFactory):
    def process_response_params(
        self, params: Sequence[ExtensionParameter], accepted_extensions: Sequence[Extension]
    ) -> PerMessageDeflate:
        super().process_response_params(params, accepted_extensions)
        return _LeavesCompressed(True, True, 15, 15)
