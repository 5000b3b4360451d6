"""The venue."""

from __future__ import annotations

from fastapi import APIRouter

from service.api.views import SiteView
from service.parts import Here

router = APIRouter(tags=["site"])


@router.get("/site")
def get_site(parts: Here) -> SiteView:
    """The venue, and what a page needs to know of its rules."""
    return parts.display.venue(login_required=parts.login_required)
