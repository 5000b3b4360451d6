"""The database: opened, brought to the newest schema, and lent for one transaction at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, DataError, IntegrityError, SQLAlchemyError

from crushwatch.errors import CrushwatchError, SiteError
from crushwatch.private import make_private_file
from crushwatch.site import SecretUrl, redact
from crushwatch.site.state import database_fault, database_file

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_S = 1.5
"""So long a transaction waits for another one; who waits longer delays what is shown."""
Purpose = Literal["read", "write", "write durably"]
_PURPOSE = "crushwatch_purpose"


class StoreError(CrushwatchError):
    """The database cannot be reached, or refused what was asked."""


class RefusedError(StoreError):
    """The database is there and refuses these values; trying again does not help."""


class Database:
    """One database of one site. Thread-safe: every transaction has its own connection."""

    def __init__(self, url: SecretUrl) -> None:
        parsed = _parsed(url)
        self.kind = parsed.get_backend_name()
        self._where = redact(url.reveal())
        self._file = database_file(url.reveal())
        self._engine = _engine(parsed)

    def migrate(self) -> None:
        """Bring the schema up to date; raises StoreError when the database cannot be reached or written."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        try:
            if self._file is not None:
                make_private_file(self._file)
            with (
                self._engine.connect().execution_options(**{_PURPOSE: "write durably"}) as connection,
                connection.begin(),
            ):
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except (SQLAlchemyError, OSError) as error:
            raise StoreError(
                f"database {self._where}: {_reason(error)}; see service.database in the site file"
            ) from None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads; raises StoreError for whatever the database says."""
        with self._transaction("read") as connection:
            yield connection

    @contextmanager
    def writing(self, *, durable: bool = False) -> Iterator[Connection]:
        """A transaction that is committed at the end, or rolled back when the block raises.

        `durable`: on the disk before it returns, so that a power cut takes nothing back (for alerts, not for readings).
        """
        with self._transaction("write durably" if durable else "write") as connection:
            yield connection

    def schema_revision(self) -> str | None:
        """The revision of the schema."""
        with self.reading() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def size_bytes(self) -> int | None:
        """What it takes on the disk."""
        if self._file is not None:
            return sum(path.stat().st_size for path in self._file.parent.glob(f"{self._file.name}*") if path.is_file())
        with self.reading() as connection:
            size: int | None = connection.scalar(text("SELECT pg_database_size(current_database())"))
            return size

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self, purpose: Purpose) -> Iterator[Connection]:
        try:
            with self._engine.connect().execution_options(**{_PURPOSE: purpose}) as connection, connection.begin():
                yield connection
        except SQLAlchemyError as error:
            kind = RefusedError if isinstance(error, (DataError, IntegrityError)) else StoreError
            raise kind(f"database {self._where}: {_reason(error)}") from error


def _parsed(url: SecretUrl) -> URL:
    fault = database_fault(url.reveal())
    if fault:
        raise SiteError(f"service.database: {fault}")
    try:
        return make_url(url.reveal())
    except (ArgumentError, ValueError):  # a port that is no number
        raise SiteError("service.database: no database URL; write sqlite:///FILE or postgresql+psycopg://...") from None


def _engine(url: URL) -> Engine:
    try:
        if url.get_backend_name() == "postgresql":
            return create_engine(url, pool_pre_ping=True)
        engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})
    except ImportError as error:
        raise SiteError(f"service.database: {error.name} is not installed; pip install crushwatch[postgres]") from None
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_sqlite(connection: Connection) -> None:
    """A transaction that will write takes the lock at once: one that reads first could not get it later."""
    purpose: Purpose = connection.get_execution_options().get(_PURPOSE, "read")
    if purpose == "read":
        connection.exec_driver_sql("BEGIN")
        return
    connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if purpose == 'write durably' else 'NORMAL'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _reason(error: SQLAlchemyError | OSError) -> str:
    """The driver's own sentence, without statement, values or addresses."""
    cause = getattr(error, "orig", None) or error
    lines = redact(str(cause)).strip().splitlines()
    return lines[0] if lines else type(cause).__name__
