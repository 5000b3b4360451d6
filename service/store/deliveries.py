"""Notifications that wait, were delivered, or could not be."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from service.store.tables import closed_channels, deliveries


class DeliveryState(enum.StrEnum):
    """Where a notification stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True)
class NewDelivery:
    """One event for one channel, ready to be sent: `body` is the text that is signed and posted."""

    channel: str
    event_id: str
    alert_id: str
    type: str
    body: str
    give_up_at: datetime


@dataclass(frozen=True)
class Delivery:
    """A notification as it stands."""

    id: int
    channel: str
    event_id: str
    alert_id: str
    type: str
    body: str
    state: DeliveryState
    attempts: int
    created_at: datetime
    give_up_at: datetime
    next_at: datetime | None
    delivered_at: datetime | None
    last_status: int | None
    last_error: str | None


def enqueue(connection: Connection, new: Sequence[NewDelivery], at: datetime) -> None:
    """Let them wait; what is there already for the channel and event is not doubled."""
    if not new:
        return
    build = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    rows = [
        {field.name: getattr(delivery, field.name) for field in fields(delivery)}
        | {"state": DeliveryState.PENDING.value, "attempts": 0, "created_at": at, "next_at": at}
        for delivery in new
    ]
    connection.execute(build(deliveries).on_conflict_do_nothing(index_elements=["channel", "event_id"]), rows)


def next_due(
    connection: Connection, channel: str, now: datetime, *, besides: Sequence[int] = (), taken: Sequence[int] = ()
) -> Delivery | None:
    """The oldest that may be sent now: its time has come and no earlier one of the same alert still waits.

    `besides`: these were sent already, and could not be recorded yet. `taken`: those of them that the receiver took;
    after the others the later ones of the same alert still wait.
    """
    earlier = deliveries.alias()
    blocked = exists().where(
        earlier.c.channel == deliveries.c.channel,
        earlier.c.alert_id == deliveries.c.alert_id,
        earlier.c.id < deliveries.c.id,
        earlier.c.state == DeliveryState.PENDING.value,
        earlier.c.id.not_in(taken),
    )
    due = and_(_waiting(channel), deliveries.c.next_at <= now, deliveries.c.id.not_in(besides))
    statement = select(deliveries).where(due, ~blocked).order_by(deliveries.c.id)
    row = connection.execute(statement.limit(1)).first()
    return None if row is None else _delivery(row)


def next_time(connection: Connection, channel: str) -> datetime | None:
    """When the next of a channel is due."""
    when: datetime | None = connection.scalar(select(func.min(deliveries.c.next_at)).where(_waiting(channel)))
    return when


def delivered(connection: Connection, delivery: Delivery, status: int, at: datetime) -> None:
    """The receiver took it. It answers again, so all that waits for it is tried now."""
    _set(
        connection,
        delivery,
        {"state": DeliveryState.DELIVERED.value, "delivered_at": at, "next_at": None, "last_status": status},
    )
    connection.execute(
        update(deliveries).where(_waiting(delivery.channel), deliveries.c.next_at > at).values(next_at=at)
    )


def postponed(connection: Connection, delivery: Delivery, status: int | None, error: str, next_at: datetime) -> None:
    """It failed and is tried again."""
    _set(connection, delivery, {"next_at": next_at, "last_status": status, "last_error": error})


def died(connection: Connection, delivery: Delivery, status: int | None, error: str) -> None:
    """It is given up and kept."""
    values = {"state": DeliveryState.DEAD.value, "next_at": None, "last_status": status, "last_error": error}
    _set(connection, delivery, values)


def revive(connection: Connection, delivery_id: int, at: datetime, give_up_at: datetime) -> None:
    """Try it again from the start."""
    values = {"state": DeliveryState.PENDING.value, "attempts": 0, "next_at": at, "give_up_at": give_up_at}
    connection.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(values))


def find(connection: Connection, delivery_id: int) -> Delivery | None:
    """One by its number."""
    row = connection.execute(select(deliveries).where(deliveries.c.id == delivery_id)).first()
    return None if row is None else _delivery(row)


def page(
    connection: Connection,
    *,
    state: DeliveryState | None = None,
    channel: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Delivery]:
    """Deliveries, newest first, those after number `before` in that order."""
    statement = select(deliveries).order_by(deliveries.c.id.desc()).limit(limit)
    if state is not None:
        statement = statement.where(deliveries.c.state == state.value)
    if channel is not None:
        statement = statement.where(deliveries.c.channel == channel)
    if before is not None:
        statement = statement.where(deliveries.c.id < before)
    return [_delivery(row) for row in connection.execute(statement)]


def tally(connection: Connection) -> dict[tuple[str, DeliveryState], int]:
    """How many there are, by channel and state."""
    columns = (deliveries.c.channel, deliveries.c.state)
    rows = connection.execute(select(*columns, func.count()).group_by(*columns))
    return {(channel, DeliveryState(state)): count for channel, state, count in rows}


def expire(connection: Connection, before: datetime) -> int:
    """Give up what should have been given up before then, and was not: its channel is closed or gone."""
    overdue = and_(deliveries.c.state == DeliveryState.PENDING.value, deliveries.c.give_up_at < before)
    values = {"state": DeliveryState.DEAD.value, "next_at": None, "last_error": "the channel was switched off"}
    return int(connection.execute(update(deliveries).where(overdue).values(values)).rowcount)


def prune(connection: Connection, before: datetime) -> int:
    """Delete what was delivered, or given up, before then; returns how many."""
    done = and_(deliveries.c.state != DeliveryState.PENDING.value, deliveries.c.created_at < before)
    return int(connection.execute(delete(deliveries).where(done)).rowcount)


def close_channel(connection: Connection, channel: str, reason: str, at: datetime) -> None:
    """Nothing is sent there any more."""
    open_channel(connection, channel)
    connection.execute(closed_channels.insert().values(channel=channel, reason=reason, at=at))


def open_channel(connection: Connection, channel: str) -> None:
    """What waits is sent again."""
    connection.execute(delete(closed_channels).where(closed_channels.c.channel == channel))


def channels_closed(connection: Connection) -> dict[str, str]:
    """The reason by channel, for each that is closed."""
    return {row.channel: row.reason for row in connection.execute(select(closed_channels))}


def _waiting(channel: str) -> Any:
    return and_(deliveries.c.state == DeliveryState.PENDING.value, deliveries.c.channel == channel)


def _set(connection: Connection, delivery: Delivery, values: Mapping[str, object]) -> None:
    statement = update(deliveries).where(deliveries.c.id == delivery.id)
    connection.execute(statement.values({**values, "attempts": delivery.attempts + 1}))


def _delivery(row: Row[Any]) -> Delivery:
    values = {field.name: getattr(row, field.name) for field in fields(Delivery)}
    return Delivery(**{**values, "state": DeliveryState(values["state"])})
