"""The alerts, and what people do with them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query

from service import clock
from service.alarms.lifecycle import IllegalMoveError
from service.api.paging import number_after, number_cursor
from service.api.problems import CONFLICT, NOT_FOUND
from service.api.views import Acknowledgement, AlertDetail, AlertEventView, AlertsPage, AlertView, AuditView
from service.parts import Here
from service.store import alerts, audit
from service.store.alerts import OpenOrClosed

router = APIRouter(prefix="/alerts", tags=["alerts"])


@router.get("")
def list_alerts(
    parts: Here,
    state: OpenOrClosed = "open",
    camera: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> AlertsPage:
    """Alerts, newest first. One is open until it is both cleared and acknowledged."""
    before = number_after(cursor)
    with parts.database.reading() as connection:
        found = alerts.page(connection, state=state, camera=camera, before=before, limit=limit + 1)
    items, more = found[:limit], found[limit:]
    return AlertsPage(
        items=[parts.display.alert(item.alert) for item in items],
        next_cursor=number_cursor(items[-1].number) if more else None,
    )


@router.get("/{alert_id}", responses=NOT_FOUND)
def get_alert(alert_id: str, parts: Here) -> AlertDetail:
    """One alert with all its steps and what people did."""
    with parts.database.reading() as connection:
        alert = alerts.find(connection, alert_id)
        if alert is None:
            raise _no_alert(alert_id)
        entries = alerts.ledger(connection, alert.alert_id)
        acts = audit.of_alert(connection, alert.alert_id)
    return AlertDetail(
        **dict(parts.display.alert(alert)),
        events=[AlertEventView.model_validate(entry, from_attributes=True) for entry in entries],
        audit=[AuditView.model_validate(act, from_attributes=True) for act in acts],
    )


@router.post("/{alert_id}/acknowledge", responses={**NOT_FOUND, **CONFLICT})
def acknowledge_alert(alert_id: str, acknowledgement: Acknowledgement, parts: Here) -> AlertView:
    """Somebody has seen it and says who they are. A later escalation asks again."""
    try:
        alert = parts.desk.acknowledge(alert_id, acknowledgement.by, acknowledgement.note, clock.now().wall)
    except IllegalMoveError as error:
        raise HTTPException(409, f"This alert is {error.state} already.") from None
    if alert is None:
        raise _no_alert(alert_id)
    return parts.display.alert(alert)


def _no_alert(alert_id: str) -> HTTPException:
    return HTTPException(404, f"There is no alert {alert_id}.")
