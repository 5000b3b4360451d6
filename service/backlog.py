"""How much waits on the bus, asked by a thread of its own: a Redis that hangs must stop no tick."""

from __future__ import annotations

import threading

import structlog

from crushwatch.bus import Bus
from crushwatch.errors import BusError
from service.board import Board
from service.ingest import GROUP

EVERY_S = 5.0

log = structlog.get_logger("crushwatch.service.backlog")


class Backlog(threading.Thread):
    """Runs until `stop`."""

    def __init__(self, bus: Bus, board: Board) -> None:
        super().__init__(name="backlog", daemon=True)
        self._bus = bus
        self._board = board
        self._stopping = threading.Event()

    def run(self) -> None:
        """Ask now and every few seconds."""
        while not self._stopping.is_set():
            self._board.set_backlog(self._messages())
            self._stopping.wait(EVERY_S)

    def stop(self) -> None:
        """End after the question in hand."""
        self._stopping.set()

    def _messages(self) -> int | None:
        """None where the bus does not say."""
        if not self._board.facts().bus.reachable:
            return None
        try:
            return self._bus.backlog(GROUP)
        except BusError as error:
            log.debug("backlog not known", why=str(error))
            return None
