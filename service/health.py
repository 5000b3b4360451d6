"""/healthz: alive; /readyz: able to do its work, or why not; /metrics."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from service import double_watch, second_service
from service.parts import Here, Parts
from service.store import StoreError

INGEST_STUCK_AFTER_S = 15.0

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def alive() -> JSONResponse:
    """Whoever reads this knows that the process answers, and nothing else."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
def ready(parts: Here) -> JSONResponse:
    """503 with the reasons while the database, the bus, the thread between them or the notifications do not work."""
    reasons = missing(parts)
    return JSONResponse({"ready": not reasons, "reasons": reasons}, 503 if reasons else 200)


@router.get("/metrics")
def metrics(request: Request, parts: Here) -> Response:
    """As Prometheus or OpenMetrics text, whichever the asker takes."""
    text, content_type = parts.metrics.exposition(request.headers.get("accept", ""))
    return Response(text, headers={"content-type": content_type})


def missing(parts: Parts) -> list[str]:
    """What the service lacks for its work.

    A new site file with faults stops nothing: the old one is in force. A second service on the same messages, or a
    second worker on the same cameras, is told on the page: not to be ready for that would end it.
    """
    reasons = parts.board.faults(without=("site", second_service.FAULT, double_watch.FAULT))
    try:
        parts.database.schema_revision()
    except StoreError as error:
        reasons.append(str(error))
    if parts.pipeline.has_ended:
        reasons.append("the task that sends notifications has ended")
    if not parts.ingest.is_alive():
        reasons.append("the thread that reads the bus has ended")
    elif parts.ingest.quiet_s() > INGEST_STUCK_AFTER_S:
        reasons.append(f"the thread that reads the bus is stuck since {parts.ingest.quiet_s():.0f} s")
    return reasons
