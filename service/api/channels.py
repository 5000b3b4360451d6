"""The channels of notification."""

from __future__ import annotations

from fastapi import APIRouter

from service.api.problems import CONFLICT, NOT_FOUND
from service.api.views import ChannelView

router = APIRouter(prefix="/channels", tags=["notifications"])


@router.get("")
def list_channels() -> list[ChannelView]:
    """All channels with what waits in them; never their addresses or secrets."""
    raise NotImplementedError


@router.post("/{channel}/enable", responses={**NOT_FOUND, **CONFLICT})
def enable_channel(channel: str) -> ChannelView:
    """Switch a channel on again that its receiver had switched off (410 Gone)."""
    raise NotImplementedError
