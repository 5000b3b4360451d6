"""The state of the system."""

from __future__ import annotations

from fastapi import APIRouter

from service.api.views import SystemView

router = APIRouter(prefix="/system", tags=["system"])


@router.get("")
def get_system() -> SystemView:
    """Workers, bus, database, channels, counters and latency."""
    raise NotImplementedError
