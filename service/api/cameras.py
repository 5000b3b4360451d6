"""The cameras, with their regions."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException

from service import clock
from service.api.problems import NOT_FOUND
from service.api.views import CameraView
from service.parts import Here

router = APIRouter(prefix="/cameras", tags=["cameras"])


@router.get("")
def list_cameras(parts: Here) -> list[CameraView]:
    """All cameras, in the order of the site file."""
    return parts.display.cameras(parts.board.facts(), clock.now())


@router.get("/{camera}", responses=NOT_FOUND)
def get_camera(camera: str, parts: Here) -> CameraView:
    """One camera."""
    if camera not in parts.site.cameras:
        raise HTTPException(404, f"There is no camera {camera}.")
    return parts.display.camera(parts.board.facts(), camera, clock.now())
