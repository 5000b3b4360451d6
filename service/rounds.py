"""What is done every second whether or not anything comes: tick, levels that grow old, the watchdog; and now and then
what is too old to be kept. Nothing here asks the bus: one that hangs would stop the ticks, and every page with them."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import structlog

from crushwatch.errors import CrushwatchError
from crushwatch.site import Site
from crushwatch.stood_still import StoodStill
from service import clock
from service.alarms.watchdog import watch
from service.announce import Announcer
from service.board import Board, Facts
from service.clock import Instant
from service.desk import Desk
from service.double_watch import FAULT, DoubleWatch
from service.hub import Hub
from service.store import Database, alerts, audit, deliveries, readings, rejected, sessions

EVERY_S = 1.0
PRUNE_EVERY = 60
PRUNE_BITS = 20
EXPIRE_AFTER = timedelta(hours=1)

log = structlog.get_logger("crushwatch.service.rounds")


class Rounds(threading.Thread):
    """Runs until `stop`."""

    def __init__(
        self, site: Site, database: Database, board: Board, announcer: Announcer, desk: Desk, hub: Hub
    ) -> None:
        super().__init__(name="rounds", daemon=True)
        self._site = site
        self._database = database
        self._board = board
        self._announcer = announcer
        self._desk = desk
        self._hub = hub
        self._double_watch = DoubleWatch()
        self._stopping = threading.Event()

    def run(self) -> None:
        """One round a second."""
        number, stood_still = 0, StoodStill(EVERY_S, self._site.rules.camera.silent_after_s)
        stood_still.looked(clock.now().monotonic_s)
        while not self._stopping.wait(EVERY_S):
            number += 1
            now = clock.now()
            try:
                if lasted_s := stood_still.lasted_s(now.monotonic_s):
                    log.warning("the service stood still", for_s=lasted_s)
                    self._board.hears_anew(now)
                self._round(number, now)
            except CrushwatchError as error:
                self._fails(str(error))
            except Exception:  # at the thread's edge: the next second may be better, and somebody must count them
                log.exception("a round failed")
                self._fails("the service fails at its own watch: its log says why")
            else:
                self._board.set_fault("rounds", None)
            stood_still.looked(clock.now().monotonic_s)

    def stop(self) -> None:
        """End after the round in hand."""
        self._stopping.set()

    def _round(self, number: int, now: Instant) -> None:
        facts = self._board.facts()
        doubles = self._look_for_doubles(facts, now)
        self._hub.tick(self._board.faults())
        self._announcer.second(facts, now)
        self._watch(now, doubles)
        if number % PRUNE_EVERY == 1:
            self._prune(now.wall)

    def _look_for_doubles(self, facts: Facts, now: Instant) -> str | None:
        sentence = self._double_watch.sentence(facts, now)
        if self._board.set_fault(FAULT, sentence):
            if sentence:
                log.error("several workers watch for themselves what one should", why=sentence)
            else:
                log.info("no two workers are in each other's way any more")
        return sentence

    def _watch(self, now: Instant, doubles: str | None) -> None:
        """By what is known after the alerts were read: an alert that ends meanwhile would seem to be told by nobody."""
        open_alerts = {alert.key: alert for alert in self._desk.open_alerts()}
        events = watch(self._site, self._board.facts(), open_alerts, now, doubles)
        if events:
            self._desk.take_down(events, now.wall)

    def _prune(self, now: datetime) -> None:
        service = self._site.service
        self._prune_readings(now - timedelta(days=service.readings_kept_days))
        with self._database.writing() as connection:
            kept_since = now - timedelta(days=service.alerts_kept_days)
            alerts.prune(connection, kept_since)
            audit.prune(connection, kept_since)
            rejected.prune(connection, kept_since)
            deliveries.expire(connection, now - EXPIRE_AFTER)
            deliveries.prune(connection, kept_since)
            sessions.prune(connection, now)

    def _prune_readings(self, before: datetime) -> None:
        """Bit by bit, so that ingest never waits long."""
        for _bit in range(PRUNE_BITS):
            with self._database.writing() as connection:
                if readings.prune(connection, before) == 0:
                    return

    def _fails(self, sentence: str) -> None:
        if self._board.set_fault("rounds", sentence):
            log.error("the watch over workers and cameras is impaired", why=sentence)
