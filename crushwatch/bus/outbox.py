"""Where alert events wait on disk, with the state of the rules that made them, until Redis has taken them.

One SQLite file. The state of the rules and the events that led to it are committed together: after a crash either both
are there or neither, so nothing is raised twice and nothing is left open. Delivery is at least once and in order;
readers drop what they have by `event_id`.

A disk that takes nothing keeps no alert back: what it refused is delivered from memory, and what it cannot delete is
passed over. A file that a disk has spoilt is laid aside, and a new one begun: the watch goes on without its memory.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog
from pydantic import ValidationError

from crushwatch.bus.bus import Bus
from crushwatch.errors import CrushwatchError
from crushwatch.messages import AlertEvent, Message, decode, encode
from crushwatch.private import make_private_file

_TABLES = """
CREATE TABLE IF NOT EXISTS outbox (number INTEGER PRIMARY KEY AUTOINCREMENT, event BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS rule_state (key TEXT PRIMARY KEY, state TEXT NOT NULL);
"""
_SPOILT = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

log = structlog.get_logger("crushwatch.bus")


class OutboxError(CrushwatchError):
    """The outbox cannot be written: the disk is full, or the folder is not ours."""


class Outbox:
    """Thread-safe. `limit` bounds the file: beyond it the oldest events are dropped and counted in `dropped`."""

    def __init__(self, path: Path, *, limit: int = 100_000) -> None:
        self._lock = threading.Lock()
        self._limit = limit
        self._path = path
        self._waiting: int | None = None
        self._delivered = 0
        self._refused: dict[str, AlertEvent] = {}
        self._went_refused: set[str] = set()
        self.dropped = 0
        try:
            self._database = _open(path)
        except (OSError, sqlite3.Error) as error:
            raise OutboxError(f"{path}: the outbox cannot be opened: {error}; set worker.state_dir elsewhere") from None

    def commit(self, events: Sequence[AlertEvent], states: Mapping[str, str], gone: Sequence[str] = ()) -> None:
        """Keep the events and the states that belong to them, and drop the states of what is watched no more (`gone`),
        all or none; raises OutboxError when the disk refuses.

        Who is refused comes again with the same. The events are delivered meanwhile, each once.
        """
        with self._lock:
            news = [event for event in events if event.event_id not in self._went_refused]
            try:
                self._database.execute("BEGIN IMMEDIATE")
                self._database.execute("DELETE FROM outbox WHERE number <= ?", (self._delivered,))
                self._database.executemany(
                    "INSERT INTO outbox (event) VALUES (?)", [(encode(event),) for event in news]
                )
                self._database.executemany(
                    "INSERT INTO rule_state VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET state = excluded.state",
                    list(states.items()),
                )
                self._database.executemany("DELETE FROM rule_state WHERE key = ?", [(key,) for key in gone])
                self._trim()
                self._database.execute("COMMIT")
                self._refused.clear()
                self._went_refused.clear()
            except sqlite3.Error as error:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                self._refused = {event.event_id: event for event in news}
                raise OutboxError(f"{self._path}: alert events cannot be kept on disk: {error}") from None
            finally:
                self._waiting = None

    def states(self) -> dict[str, str]:
        """The states of the rules as last committed, by key."""
        return dict(self._ask("SELECT key, state FROM rule_state"))

    def deliver(self, bus: Bus, *, limit: int = 500) -> int:
        """Publish what waits, oldest first, and forget it once the bus has it; returns how many went."""
        wanted = "SELECT number, event FROM outbox WHERE number > ? ORDER BY number LIMIT ?"
        try:
            rows = self._ask(wanted, self._delivered, limit)
        except OutboxError:  # what cannot be read must wait; what the disk refused need not
            rows = []
        if not rows:
            return self._deliver_refused(bus)
        bus.publish("alerts", [event for _number, data in rows if (event := self._readable(data)) is not None])
        with self._lock:
            self._delivered, self._waiting = rows[-1][0], None
            with suppress(sqlite3.Error):  # a full disk deletes nothing; the next commit that it takes does
                self._database.execute("DELETE FROM outbox WHERE number <= ?", (self._delivered,))
        return len(rows)

    def __len__(self) -> int:
        with self._lock:
            if self._waiting is None:  # asked for many times a second, changed seldom
                self._waiting = self._on_disk() + len(self._refused)
            return self._waiting

    def close(self) -> None:
        """Close the file; what waits in it is still there at the next start."""
        with self._lock:
            self._database.close()

    def _on_disk(self) -> int:
        """Events that wait in the file; none, which is told, where it cannot be read."""
        try:
            return int(self._execute("SELECT count(*) FROM outbox WHERE number > ?", self._delivered)[0][0])
        except OutboxError as error:
            log.error("alerts that wait in the outbox cannot be read", reason=str(error))
            return 0

    def _deliver_refused(self, bus: Bus) -> int:
        with self._lock:
            events = list(self._refused.values())
        if events:
            bus.publish("alerts", events)
            with self._lock:
                self._went_refused.update(event.event_id for event in events)
                self._refused = {key: event for key, event in self._refused.items() if key not in self._went_refused}
                self._waiting = None
        return len(events)

    def _trim(self) -> None:
        excess = self._database.execute("SELECT count(*) FROM outbox").fetchone()[0] - self._limit
        if excess > 0:
            self._database.execute(
                "DELETE FROM outbox WHERE number IN (SELECT number FROM outbox ORDER BY number LIMIT ?)", (excess,)
            )
            self.dropped += excess

    def _readable(self, data: bytes) -> Message | None:
        """The event in a row; a row that the disk has spoilt is dropped and counted, so that the next ones go."""
        try:
            return decode(data)
        except ValidationError:
            self.dropped += 1
            return None

    def _ask(self, statement: str, *values: object) -> list[Any]:
        with self._lock:
            return self._execute(statement, *values)

    def _execute(self, statement: str, *values: object) -> list[Any]:
        try:
            return self._database.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise OutboxError(f"{self._path}: the outbox cannot be used: {error}") from None


def _open(path: Path) -> sqlite3.Connection:
    """The file's database; a new one where the disk has spoilt it. Raises OSError, sqlite3.Error."""
    try:
        return _open_whole(path)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _SPOILT:
            raise
        aside = path.with_name(f"{path.name}.spoilt")
        log.error("the outbox is spoilt and laid aside, a new one is begun", path=str(aside), reason=str(error))
        for suffix in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                path.with_name(f"{path.name}{suffix}").replace(aside.with_name(f"{aside.name}{suffix}"))
        return _open_whole(path)


def _open_whole(path: Path) -> sqlite3.Connection:
    """Raises sqlite3.DatabaseError where any of it is spoilt: a page that is not read today is read tomorrow."""
    make_private_file(path)
    database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    try:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.executescript(_TABLES)
        (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            spoilt = sqlite3.DatabaseError(found)
            spoilt.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise spoilt
    except sqlite3.Error:
        database.close()
        raise
    return database
