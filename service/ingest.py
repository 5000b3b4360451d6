"""From the bus to the store: a thread that reads as a consumer group and acknowledges only what is committed.

What was handled may come again (a crash between commit and acknowledgement): readings are known by camera, region and
time, alert events by their id, so nothing is doubled. Figures are shown before they are stored: a database that is away
must not blind anybody. What cannot be stored yet is held; alerts are shown once they are stored, so that they can be
acknowledged.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from crushwatch.bus import Bus, Received
from crushwatch.errors import BusError
from crushwatch.messages import AlertEvent, RegionReading
from crushwatch.tracing import Tracer
from service import clock
from service.alarms.ledger import Recorded
from service.board import Board, News
from service.desk import Desk
from service.discretion import AnyHeard, Discretion
from service.store import Database, RefusedError, StoreError, readings, rejected
from service.tally import Tally

GROUP = "service"
CONSUMER = "service"
BATCH = 1000
BLOCK_S = 0.5
HELD_AT_MOST = 20_000
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
STORE_AGAIN_AFTER_S = 5.0
LONGEST_REST_S = 0.05

log = structlog.get_logger("crushwatch.service.ingest")


@dataclass(frozen=True)
class _Heard:
    """What came, with its sentences cleaned; `message` None: it could not be read."""

    entry: Received
    message: AnyHeard | None


class Ingest(threading.Thread):
    """Runs until `stop`. `on_news` is told what each batch changed, `on_stored` how old each stored reading was."""

    def __init__(
        self,
        bus: Bus,
        database: Database,
        board: Board,
        desk: Desk,
        tally: Tally,
        discretion: Discretion,
        on_news: Callable[[News], None],
        on_stored: Callable[[Sequence[float]], None],
        tracer: Tracer,
    ) -> None:
        super().__init__(name="ingest", daemon=True)
        self._bus = bus
        self._database = database
        self._board = board
        self._desk = desk
        self._tally = tally
        self._discretion = discretion
        self._on_news = on_news
        self._on_stored = on_stored
        self._tracer = tracer
        self._stopping = threading.Event()
        self._round_at_s = time.monotonic()
        self._heard_at_s = self._round_at_s
        self._held: list[_Heard] = []
        self._store_failed_at_s: float | None = None
        self._complained_of: set[str] = set()

    def run(self) -> None:
        """Read, show, store, acknowledge; after a fault wait a little longer each time."""
        pause_s = FIRST_PAUSE_S
        while not self._stopping.is_set():
            self._round_at_s = time.monotonic()
            try:
                if not self._round():
                    self._rest()
                pause_s = FIRST_PAUSE_S
            except Exception as error:  # at the thread's edge: no fault may end the watch
                self._complain(error)
                self._stopping.wait(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def stop(self) -> None:
        """End after the batch in hand; what is not acknowledged comes again after the next start."""
        self._stopping.set()

    def quiet_s(self) -> float:
        """Seconds since the thread last went round: when they are many, it is stuck."""
        return time.monotonic() - self._round_at_s

    def _rest(self) -> None:
        """As long as the round took: the more comes, the more is taken in one go, and the others have their turn."""
        self._stopping.wait(min(time.monotonic() - self._heard_at_s, LONGEST_REST_S))

    def _round(self) -> bool:
        """One batch; returns whether it was a full one, with more behind it."""
        received = self._bus.read(GROUP, CONSUMER, limit=BATCH, block_s=BLOCK_S)
        self._heard_at_s = time.monotonic()
        if self._board.bus_answers(clock.now()):
            log.info("the bus answers again")
        heard = [_Heard(entry, self._clean(entry)) for entry in received]
        held = {
            (kept.entry.stream, kept.entry.entry_id) for kept in self._held
        }  # what is held may be handed over again
        self._held += [new for new in heard if (new.entry.stream, new.entry.entry_id) not in held]
        self._on_news(self._board.hear(_messages(heard), clock.now()))
        if self._held and self._store_may_work():
            self._store_held()
        self._board.set_fault("ingest", None)
        return len(received) >= BATCH

    def _clean(self, entry: Received) -> AnyHeard | None:
        return None if entry.message is None else self._discretion.message(entry.message)

    def _store_may_work(self) -> bool:
        failed_at_s = self._store_failed_at_s
        return failed_at_s is None or time.monotonic() - failed_at_s >= STORE_AGAIN_AFTER_S

    def _store_held(self) -> None:
        try:
            self._store_all()
        except StoreError as error:
            self._store_fails(str(error))
            return
        self._store_failed_at_s = None
        if self._board.set_fault("store", None):
            log.info("the database takes what comes again", held=len(self._held))
        done, self._held = self._held, []
        self._bus.acknowledge(GROUP, [heard.entry for heard in done])

    def _store_all(self) -> None:
        """All at once; where something in it cannot be stored, one by one, to find it and keep it apart."""
        try:
            self._store(self._held)
        except Exception as error:
            if _is_away(error):
                raise
            for heard in self._held:
                self._store_or_reject(heard)

    def _store_or_reject(self, heard: _Heard) -> None:
        try:
            self._store([heard])
        except Exception as error:
            if _is_away(error):
                raise
            self._reject([heard], f"cannot be stored: {str(error)[:200]}")

    def _store(self, batch: Sequence[_Heard]) -> None:
        """One transaction for the batch."""
        now = clock.now()
        messages = _messages(batch)
        new_readings = [message for message in messages if isinstance(message, RegionReading)]
        traces = [reading.trace for reading in new_readings if reading.trace]
        events = [message for message in messages if isinstance(message, AlertEvent)]
        recorded = Recorded((), 0)
        stored = 0
        if new_readings or events:
            with self._database.writing(durable=bool(events)) as connection:
                stored = readings.insert(connection, new_readings)
                recorded = self._desk.record(connection, events, now.wall)
        self._tally.readings(stored=stored, repeated=len(new_readings) - stored)
        self._desk.tell(recorded)
        if stored:
            at = clock.now().wall
            self._on_stored([(at - reading.captured_at).total_seconds() for reading in new_readings])
            self._tracer.later("store", traces, now.wall)
        unreadable = [heard for heard in batch if heard.message is None]
        if unreadable:
            self._reject(unreadable, "cannot be read: no message of a known kind")

    def _reject(self, batch: Sequence[_Heard], reason: str) -> None:
        with self._database.writing() as connection:
            for heard in batch:
                rejected.enter(connection, heard.entry.stream, heard.entry.entry_id, reason, clock.now().wall)
        self._tally.rejected(len(batch))
        if reason not in self._complained_of and len(self._complained_of) < 100:
            self._complained_of.add(reason)
            first = batch[0].entry
            log.error("messages kept apart", stream=first.stream, entry_id=first.entry_id, why=reason)

    def _store_fails(self, reason: str) -> None:
        self._store_failed_at_s = time.monotonic()
        if self._board.set_fault("store", f"{reason}; alerts wait to be recorded"):
            log.error("the database takes nothing", why=reason)
        if len(self._held) > HELD_AT_MOST:
            self._forget_readings()

    def _forget_readings(self) -> None:
        """Alerts are held for as long as it takes; of readings only so many, for they were shown already."""
        dropped = [heard for heard in self._held if not isinstance(heard.message, AlertEvent)]
        self._held = [heard for heard in self._held if isinstance(heard.message, AlertEvent)]
        self._tally.readings_dropped(sum(isinstance(heard.message, RegionReading) for heard in dropped))
        log.error("readings dropped: the database has been away for too long", count=len(dropped))
        self._bus.acknowledge(GROUP, [heard.entry for heard in dropped])

    def _complain(self, error: Exception) -> None:
        if isinstance(error, BusError):
            if self._board.bus_fails(str(error), clock.now()):
                log.error("the bus does not answer", why=str(error))
        elif self._board.set_fault("ingest", "the service fails to take in what workers say: its log says why"):
            log.exception("ingest failed; it goes on", exc_info=error)


def _is_away(error: Exception) -> bool:
    """Whether the database itself is at fault, not what it was given."""
    return isinstance(error, StoreError) and not isinstance(error, RefusedError)


def _messages(batch: Sequence[_Heard]) -> list[AnyHeard]:
    return [heard.message for heard in batch if heard.message is not None]
