"""The alerts, and what people do with them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from service.api.problems import CONFLICT, NOT_FOUND
from service.api.views import Acknowledgement, AlertDetail, AlertsPage, AlertView

router = APIRouter(prefix="/alerts", tags=["alerts"])


@router.get("")
def list_alerts(
    state: Literal["open", "closed", "all"] = "open",
    camera: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> AlertsPage:
    """Alerts, newest first. One is open until it is both cleared and acknowledged."""
    raise NotImplementedError


@router.get("/{alert_id}", responses=NOT_FOUND)
def get_alert(alert_id: str) -> AlertDetail:
    """One alert with all its steps and what people did."""
    raise NotImplementedError


@router.post("/{alert_id}/acknowledge", responses={**NOT_FOUND, **CONFLICT})
def acknowledge_alert(alert_id: str, acknowledgement: Acknowledgement) -> AlertView:
    """Somebody has seen it and says who they are. A later escalation asks again."""
    raise NotImplementedError
