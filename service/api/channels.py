"""The channels of notification."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from sqlalchemy import Connection

from service.api.problems import CONFLICT, NOT_FOUND
from service.api.views import ChannelView
from service.parts import Here, Parts
from service.store import deliveries
from service.store.deliveries import DeliveryState

router = APIRouter(prefix="/channels", tags=["notifications"])


@router.get("")
def list_channels(parts: Here) -> list[ChannelView]:
    """All channels with what waits in them; never their addresses or secrets."""
    with parts.database.reading() as connection:
        return channels(parts, connection)


@router.post("/{channel}/enable", responses={**NOT_FOUND, **CONFLICT})
def enable_channel(channel: str, parts: Here) -> ChannelView:
    """Switch a channel on again that its receiver had switched off (410 Gone)."""
    if channel not in parts.site.notifications:
        raise HTTPException(404, f"There is no channel {channel}.")
    if not parts.site.notifications[channel].enabled:
        raise HTTPException(409, f"{channel} is switched off in the site file.")
    with parts.database.writing() as connection:
        deliveries.open_channel(connection, channel)
        shown = channels(parts, connection)
    parts.pipeline.wake()
    return next(view for view in shown if view.id == channel)


def channels(parts: Parts, connection: Connection) -> list[ChannelView]:
    """The channels of the site file, as they stand."""
    tally = deliveries.tally(connection)
    closed = deliveries.channels_closed(connection)
    return [
        ChannelView(
            id=name,
            type=part.type,
            enabled=part.enabled and name not in closed,
            reason=closed.get(name, "" if part.enabled else "switched off in the site file"),
            minimum_level=part.minimum_level,
            pending=tally.get((name, DeliveryState.PENDING), 0),
            dead=tally.get((name, DeliveryState.DEAD), 0),
            delivered=tally.get((name, DeliveryState.DELIVERED), 0),
        )
        for name, part in parts.site.notifications.items()
    ]
