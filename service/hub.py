"""From the threads that hear to the browsers that show: each message is made once and put into every mailbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
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
from service.mailbox import Fragment, Mailbox
from service.tally import Tally


class Client:
    """One browser: its mailbox and the bell that rings when something is put in."""

    def __init__(self) -> None:
        self.mailbox = Mailbox()
        self.bell = asyncio.Event()


class Hub:
    """What is said here from any thread, every browser gets. Before `open` and after `shut` it goes nowhere."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._loop: asyncio.AbstractEventLoop | None = None
        self._clients: set[Client] = set()
        self._watched: frozenset[str] = frozenset()

    def open(self) -> None:
        """Browsers are served by the running loop."""
        self._loop = asyncio.get_running_loop()

    def shut(self) -> None:
        """No more is said."""
        self._loop = None

    def join(self) -> Client:
        """One browser more."""
        client = Client()
        self._clients.add(client)
        self._tally.live_clients(len(self._clients))
        return client

    def leave(self, client: Client) -> None:
        """One browser less."""
        self._clients.discard(client)
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
            fragments = tuple(_fragment(update) for update in updates)
            self._each(lambda mailbox: mailbox.put_readings(fragments))

    def camera(self, view: CameraView) -> None:
        """A camera that changed."""
        if self._clients:
            text = CameraChanged(camera=view).model_dump_json()
            self._each(lambda mailbox: mailbox.put_camera(view.id, text))

    def alert(self, view: AlertView) -> None:
        """An alert that changed."""
        text = AlertChanged(alert=view).model_dump_json()
        self._each(lambda mailbox: mailbox.put_alert(text))

    def tick(self, faults: list[str]) -> None:
        """A second has passed."""
        if self._clients:
            text = Tick(server_time=datetime.now(UTC), faults=faults).model_dump_json()
            self._each(lambda mailbox: mailbox.put_tick(text))

    def preview(self, preview: Preview) -> None:
        """A picture, for those who look at its camera."""
        text = PreviewShown(**preview.model_dump(include=_SHOWN)).model_dump_json()
        self._each(lambda mailbox: mailbox.put_preview(preview.camera, text))

    def _each(self, put: Callable[[Mailbox], None]) -> None:
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the loop has ended, and with it all browsers
                loop.call_soon_threadsafe(self._put, put)

    def _put(self, put: Callable[[Mailbox], None]) -> None:
        for client in self._clients:
            put(client.mailbox)
            client.bell.set()

    def _count_watched(self) -> None:
        self._watched = frozenset().union(*(client.mailbox.watching for client in self._clients))


_SHOWN = set(PreviewShown.model_fields) - {"type"}


def _fragment(update: RegionUpdate) -> Fragment:
    captured_at = update.reading.captured_at if update.reading and not update.stale else None
    trace = update.reading.trace if update.reading else None
    return Fragment(update.camera, update.region, update.model_dump_json(), captured_at, trace)
