"""A camera's layout: what the site file has, and what somebody draws, tried out."""

from __future__ import annotations

import threading

from fastapi import APIRouter, HTTPException

from service.api.problems import BUSY, NOT_FOUND
from service.api.views import LayoutDraft, LayoutTried, LayoutView
from service.layout import present_layout, try_layout
from service.parts import Here, Parts

router = APIRouter(prefix="/cameras", tags=["layout"])
_one_at_a_time = threading.Lock()
"""Trying a layout out may take a second; the threads that it would fill are those that acknowledge alerts."""


@router.get("/{camera}/layout", responses=NOT_FOUND)
def get_layout(camera: str, parts: Here) -> LayoutView:
    """Ground, regions, obstacles and gates as the site file has them."""
    _refuse_unknown(camera, parts)
    return present_layout(parts.site.cameras[camera])


@router.post("/{camera}/layout/try", responses=NOT_FOUND | BUSY)
def try_camera_layout(camera: str, draft: LayoutDraft, parts: Here) -> LayoutTried:
    """What would become of it; nothing is stored and nothing changes. One at a time: 429 while another is tried."""
    _refuse_unknown(camera, parts)
    if not _one_at_a_time.acquire(blocking=False):
        raise HTTPException(429, "Another layout is being tried out. Try again.", {"retry-after": "1"})
    try:
        return try_layout(parts.site, camera, draft)
    finally:
        _one_at_a_time.release()


def _refuse_unknown(camera: str, parts: Parts) -> None:
    if camera not in parts.site.cameras:
        raise HTTPException(404, f"There is no camera {camera}.")
