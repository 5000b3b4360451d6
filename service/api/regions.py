"""The regions of all cameras."""

from __future__ import annotations

from fastapi import APIRouter

from service import clock
from service.api.views import RegionView
from service.parts import Here

router = APIRouter(prefix="/regions", tags=["regions"])


@router.get("")
def list_regions(parts: Here) -> list[RegionView]:
    """All regions with their present level, in the order of the site file."""
    cameras = parts.display.cameras(parts.board.facts(), clock.now())
    return [region for camera in cameras for region in camera.regions]
