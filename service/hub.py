"""From the threads that hear to the browsers that show: what is said is gathered for a moment, made once, and put into
every mailbox. What it costs to write and to compress does not grow with the number of browsers.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from crushwatch.messages import Preview
from service.api.views import (
    AlertChanged,
    AlertView,
    CameraChanged,
    CameraView,
    PreviewShown,
    RegionUpdate,
    Tick,
)
from service.board import RegionKey
from service.frame import Fragment, Frame
from service.mailbox import Mailbox
from service.tally import Tally

GATHER_S = 0.05
"""Two frames are so far apart at least. A figure alone goes out at once; so does an alert, and what waits with it."""


class Client:
    """One browser: its mailbox and the bell that rings when something is put in."""

    def __init__(self) -> None:
        self.mailbox = Mailbox()
        self.bell = asyncio.Event()


@dataclass
class _Gathered:
    alerts: list[str] = field(default_factory=list)
    cameras: dict[str, str] = field(default_factory=dict)
    readings: dict[RegionKey, Fragment] = field(default_factory=dict)
    tick: str | None = None

    def frame(self) -> Frame:
        return Frame(tuple(self.alerts), self.cameras, self.readings, self.tick)


class Hub:
    """What is said here from any thread, every browser gets. Before `open` and after `shut` it goes nowhere."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._loop: asyncio.AbstractEventLoop | None = None
        self._clients: dict[Client, None] = {}
        self._watched: frozenset[str] = frozenset()
        self._gathered = _Gathered()
        self._timer: asyncio.TimerHandle | None = None
        self._flushed_at_s = -GATHER_S
        self._turns = itertools.count()

    def open(self) -> None:
        """Browsers are served by the running loop."""
        self._loop = asyncio.get_running_loop()

    def shut(self) -> None:
        """No more is said."""
        self._loop = None

    def join(self) -> Client:
        """One browser more."""
        client = Client()
        self._clients[client] = None
        self._tally.live_clients(len(self._clients))
        return client

    def leave(self, client: Client) -> None:
        """One browser less."""
        self._clients.pop(client, None)
        self._tally.live_clients(len(self._clients))
        self._count_watched()

    def look(self, client: Client, cameras: frozenset[str]) -> None:
        """This browser shows these cameras now."""
        client.mailbox.watching = cameras
        self._count_watched()

    @property
    def watched(self) -> frozenset[str]:
        """The cameras that any browser shows; from any thread."""
        return self._watched

    def readings(self, updates: Sequence[RegionUpdate]) -> None:
        """New figures, or levels that grew old."""
        if updates and self._clients:
            fragments = {(update.camera, update.region): _fragment(update) for update in updates}
            self._gather(lambda gathered: gathered.readings.update(fragments))

    def camera(self, view: CameraView) -> None:
        """A camera that changed."""
        if self._clients:
            text = CameraChanged(camera=view).model_dump_json()
            self._gather(lambda gathered: gathered.cameras.update({view.id: text}))

    def alerts(self, views: Sequence[AlertView]) -> None:
        """Alerts that changed."""
        texts = [AlertChanged(alert=view).model_dump_json() for view in views]
        self._gather(lambda gathered: gathered.alerts.extend(texts))

    def tick(self, faults: list[str]) -> None:
        """A second has passed."""
        if self._clients:
            text = tick_text(faults)
            self._gather(lambda gathered: setattr(gathered, "tick", text))

    def preview(self, preview: Preview) -> None:
        """A picture, for those who look at its camera."""
        text = PreviewShown(**preview.model_dump(include=_SHOWN)).model_dump_json()
        self._soon(lambda: self._show(preview.camera, text))

    def _soon(self, act: Callable[[], None]) -> None:
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the loop has ended, and with it all browsers
                loop.call_soon_threadsafe(act)

    def _gather(self, put: Callable[[_Gathered], None]) -> None:
        self._soon(lambda: self._put(put))

    def _put(self, put: Callable[[_Gathered], None]) -> None:
        put(self._gathered)
        loop = self._loop
        if loop is None:
            return
        wait_s = self._flushed_at_s + GATHER_S - loop.time()
        if wait_s <= 0 or self._gathered.alerts:
            self._flush()
        elif self._timer is None:
            self._timer = loop.call_later(wait_s, self._flush)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._loop is not None:
            self._flushed_at_s = self._loop.time()
        frame, self._gathered = self._gathered.frame(), _Gathered()
        turn = next(self._turns) % max(1, len(self._clients))
        for place, client in enumerate(self._clients):
            client.mailbox.put(frame, witnessed=place == turn)
            client.bell.set()

    def _show(self, camera: str, text: str) -> None:
        for client in self._clients:
            if camera in client.mailbox.watching:
                client.mailbox.put_preview(camera, text)
                client.bell.set()

    def _count_watched(self) -> None:
        self._watched = frozenset().union(*(client.mailbox.watching for client in self._clients))


def tick_text(faults: list[str]) -> str:
    """The tick of this moment."""
    return Tick(server_time=datetime.now(UTC), faults=faults).model_dump_json()


_SHOWN = set(PreviewShown.model_fields) - {"type"}


def _fragment(update: RegionUpdate) -> Fragment:
    captured_at = update.reading.captured_at if update.reading and not update.stale else None
    trace = update.reading.trace if update.reading else None
    return Fragment(update.model_dump_json(), captured_at, trace)
