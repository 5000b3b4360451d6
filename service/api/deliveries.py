"""What was sent, waits to be sent, or could not be sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query

from service import clock
from service.api.paging import LARGEST_NUMBER, number_after, number_cursor
from service.api.problems import CONFLICT, NOT_FOUND
from service.api.views import DeliveriesPage, DeliveryView
from service.parts import Here
from service.store import deliveries
from service.store.deliveries import DeliveryState

router = APIRouter(prefix="/deliveries", tags=["notifications"])


@router.get("")
def list_deliveries(
    parts: Here,
    state: DeliveryState | None = None,
    channel: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> DeliveriesPage:
    """Deliveries, newest first."""
    before = number_after(cursor)
    with parts.database.reading() as connection:
        found = deliveries.page(connection, state=state, channel=channel, before=before, limit=limit + 1)
    items, more = found[:limit], found[limit:]
    return DeliveriesPage(
        items=[DeliveryView.model_validate(item, from_attributes=True) for item in items],
        next_cursor=number_cursor(items[-1].id) if more else None,
    )


@router.post("/{delivery_id}/retry", responses={**NOT_FOUND, **CONFLICT})
def retry_delivery(delivery_id: Annotated[int, Path(ge=1, le=LARGEST_NUMBER)], parts: Here) -> DeliveryView:
    """Send a dead letter again, or one that waits at once."""
    now = clock.now().wall
    with parts.database.writing() as connection:
        found = deliveries.find(connection, delivery_id)
        if found is None:
            raise HTTPException(404, f"There is no delivery {delivery_id}.")
        if found.state is DeliveryState.DELIVERED:
            raise HTTPException(409, "It was delivered already.")
        channel = parts.site.notifications.get(found.channel)
        if channel is None:
            raise HTTPException(409, f"The channel {found.channel} is no longer in the site file.")
        deliveries.revive(connection, delivery_id, now, now + timedelta(seconds=channel.give_up_after_s))
        revived = deliveries.find(connection, delivery_id)
    parts.pipeline.wake()
    return DeliveryView.model_validate(revived, from_attributes=True)
