"""The cameras, with their regions."""

from __future__ import annotations

from fastapi import APIRouter

from service.api.problems import NOT_FOUND
from service.api.views import CameraView

router = APIRouter(prefix="/cameras", tags=["cameras"])


@router.get("")
def list_cameras() -> list[CameraView]:
    """All cameras, in the order of the site file."""
    raise NotImplementedError


@router.get("/{camera}", responses=NOT_FOUND)
def get_camera(camera: str) -> CameraView:
    """One camera."""
    raise NotImplementedError
