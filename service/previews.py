"""Pictures from the bus to the browsers that look: a thread that asks for them only while somebody does."""

from __future__ import annotations

import threading
import time

import structlog

from crushwatch.bus import Bus
from crushwatch.errors import BusError
from crushwatch.site import Site
from service.hub import Hub

WATCH_FOR_S = 6.0
WATCH_AGAIN_AFTER_S = 2.0
BLOCK_S = 0.25
PAUSE_S = 1.0

log = structlog.get_logger("crushwatch.service.previews")


class Previews(threading.Thread):
    """Runs until `stop`."""

    def __init__(self, site: Site, bus: Bus, hub: Hub) -> None:
        super().__init__(name="previews", daemon=True)
        self._cameras = frozenset(site.cameras)
        self._bus = bus
        self._hub = hub
        self._stopping = threading.Event()
        self._asked_for: frozenset[str] = frozenset()
        self._asked_at_s = 0.0

    def run(self) -> None:
        """Ask, pass on; while nobody looks, wait."""
        while not self._stopping.is_set():
            try:
                self._round(self._hub.watched & self._cameras)
            except BusError:  # ingest tells of it
                self._stopping.wait(PAUSE_S)
            except Exception:  # at the thread's edge: pictures are a help, figures go on without
                log.exception("previews failed")
                self._stopping.wait(PAUSE_S)

    def stop(self) -> None:
        """End soon."""
        self._stopping.set()

    def _round(self, looked_at: frozenset[str]) -> None:
        if not looked_at:
            if self._asked_for:
                self._bus.previews((), block_s=0)  # listen to none
            self._asked_for = frozenset()
            self._stopping.wait(BLOCK_S)
            return
        if looked_at != self._asked_for or time.monotonic() - self._asked_at_s >= WATCH_AGAIN_AFTER_S:
            self._bus.watch(sorted(looked_at), for_s=WATCH_FOR_S)
            self._asked_for, self._asked_at_s = looked_at, time.monotonic()
        for preview in self._bus.previews(sorted(looked_at), block_s=BLOCK_S):
            self._hub.preview(preview)
