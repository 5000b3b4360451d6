"""The regions of all cameras."""

from __future__ import annotations

from fastapi import APIRouter

from service.api.views import RegionView

router = APIRouter(prefix="/regions", tags=["regions"])


@router.get("")
def list_regions() -> list[RegionView]:
    """All regions with their present level, in the order of the site file."""
    raise NotImplementedError
