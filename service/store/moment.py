"""A point in time in the database: exact to the microsecond, comparable, always in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970.

    >>> microseconds(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(value: int) -> datetime:
    """The point in time so many microseconds after 1970."""
    return _EPOCH + timedelta(microseconds=value)


class Moment(TypeDecorator[datetime]):
    """`timestamptz` in PostgreSQL, microseconds since 1970 in SQLite, which has no type for it."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """See TypeDecorator."""
        timestamp: TypeEngine[Any] = DateTime(timezone=True) if dialect.name == "postgresql" else BigInteger()
        return dialect.type_descriptor(timestamp)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> object:
        """See TypeDecorator."""
        return microseconds(value) if value is not None and dialect.name != "postgresql" else value

    def process_result_value(self, value: object, _dialect: Dialect) -> datetime | None:
        """See TypeDecorator."""
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return moment_of(value) if isinstance(value, int) else None
