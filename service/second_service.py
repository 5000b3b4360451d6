"""Whether this service reads its site's messages alone. A second one with the same site id on the same Redis takes a
part of them: each page and each database shows half of the truth.

It is told and not refused: who is started again after a crash, or while the one before is still ending, must watch at
once. So only one that stays is told of.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from crushwatch.bus import Bus
from crushwatch.errors import BusError
from service import clock
from service.board import Board
from service.ingest import GROUP

EVERY_S = 2.0
GONE_AFTER_S = 8.0
"""So long after it was last heard of, one that has crashed is no more."""
STAYS_AFTER_S = 20.0
"""Longer than an upgrade has two at once, and longer than one that has crashed is remembered."""
ME = f"{socket.gethostname()} (pid {os.getpid()}, {secrets.token_hex(2)})"
"""Containers may be alike in name and process id."""
FAULT = "second-service"
"""The name of the fault on the board. It does not take a service out of readiness: that would darken both."""

log = structlog.get_logger("crushwatch.service.second_service")


@dataclass
class Company:
    """Who else is there, and since when."""

    since_s: dict[str, float] = field(default_factory=dict)

    def staying(self, others: Iterable[str], now_s: float, *, after_s: float = STAYS_AFTER_S) -> list[str]:
        """Those of `others`, who are there now, that have been there for so long without a gap.

        >>> company = Company()
        >>> company.staying(["old"], 0.0), company.staying(["old", "new"], 20.0), company.staying(["new"], 40.0)
        ([], ['old'], ['new'])
        """
        self.since_s = {other: self.since_s.get(other, now_s) for other in others}
        return sorted(other for other, since_s in self.since_s.items() if now_s - since_s >= after_s)


class Attendance(threading.Thread):
    """Says every few seconds that this service reads, and looks who else does. Runs until `stop`."""

    def __init__(
        self,
        bus: Bus,
        board: Board,
        site: str,
        *,
        me: str = ME,
        every_s: float = EVERY_S,
        stays_after_s: float = STAYS_AFTER_S,
    ) -> None:
        super().__init__(name="attendance", daemon=True)
        self._bus = bus
        self._board = board
        self._site = site
        self._me = me
        self._every_s = every_s
        self._stays_after_s = stays_after_s
        self._company = Company()
        self._stopping = threading.Event()

    def run(self) -> None:
        """Look now and every few seconds; at the end take leave, so that who comes next meets nobody."""
        while not self._stopping.is_set():
            with suppress(BusError):  # which the ingest tells
                self._look()
            self._stopping.wait(self._every_s)
        with suppress(BusError):
            self._bus.attend(GROUP, self._me, for_s=0)

    def stop(self) -> None:
        """End after the look in hand."""
        self._stopping.set()

    def _look(self) -> None:
        others = self._bus.attend(GROUP, self._me, for_s=GONE_AFTER_S) - {self._me}
        staying = self._company.staying(others, clock.now().monotonic_s, after_s=self._stays_after_s)
        if self._board.set_fault(FAULT, _sentence(self._site, staying) if staying else None):
            if staying:
                log.error("another service takes part of this site's messages", others=staying)
            else:
                log.info("this service reads alone again")


def _sentence(site: str, others: list[str]) -> str:
    return (
        f"another service of a site {site} takes part of the messages from the same Redis: {', '.join(others)}; "
        "end one, or give each site an id of its own"
    )
