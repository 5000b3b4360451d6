"""The venue."""

from __future__ import annotations

from fastapi import APIRouter

from service.api.views import SiteView

router = APIRouter(tags=["site"])


@router.get("/site")
def get_site() -> SiteView:
    """The venue, and what a page needs to know of its rules."""
    raise NotImplementedError
