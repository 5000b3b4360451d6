"""What was sent, waits to be sent, or could not be sent."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from service.api.problems import CONFLICT, NOT_FOUND
from service.api.views import DeliveriesPage, DeliveryState, DeliveryView

router = APIRouter(prefix="/deliveries", tags=["notifications"])


@router.get("")
def list_deliveries(
    state: DeliveryState | None = None,
    channel: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> DeliveriesPage:
    """Deliveries, newest first."""
    raise NotImplementedError


@router.post("/{delivery_id}/retry", responses={**NOT_FOUND, **CONFLICT})
def retry_delivery(delivery_id: int) -> DeliveryView:
    """Send a dead letter again, or one that waits at once."""
    raise NotImplementedError
