"""What was measured."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from service.api.problems import NOT_FOUND
from service.api.views import ReadingsPage, TrendView

router = APIRouter(prefix="/readings", tags=["readings"])


@router.get("")
def list_readings(
    camera: str | None = None,
    region: str | None = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> ReadingsPage:
    """Stored readings, newest first; `since` is included, `until` is not."""
    raise NotImplementedError


@router.get("/trend", responses=NOT_FOUND)
def get_trend(camera: str, region: str, minutes: Annotated[float, Query(gt=0, le=24 * 60)] = 10) -> TrendView:
    """The figures of one region over the last minutes, at most 300 points."""
    raise NotImplementedError
