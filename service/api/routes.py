"""Every noun of the API, under /api/v1."""

from __future__ import annotations

from fastapi import APIRouter

from service.api import alerts, cameras, channels, deliveries, layouts, readings, regions, site, system
from service.api.problems import PROBLEM_RESPONSES


def api_router() -> APIRouter:
    """Every noun of the API."""
    router = APIRouter(
        prefix="/api/v1", responses=PROBLEM_RESPONSES, generate_unique_id_function=lambda route: route.name
    )
    for noun in (site, cameras, layouts, regions, readings, alerts, channels, deliveries, system):
        router.include_router(noun.router)
    return router
