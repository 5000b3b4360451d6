"""The cameras, with their regions."""

from __future__ import annotations

import asyncio
import math
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response

from crushwatch.messages import utc
from service import clock
from service.api.problems import BUSY, NO_ANSWER, NOT_FOUND
from service.api.views import CameraView
from service.parts import Here, Parts
from service.stills import NoStillError, TooManyStillsError

router = APIRouter(prefix="/cameras", tags=["cameras"])
_JPEG: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture, and in `X-Captured-At` when it was captured.",
        "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get("")
def list_cameras(parts: Here) -> list[CameraView]:
    """All cameras, in the order of the site file."""
    return parts.display.cameras(parts.board.facts(), clock.now())


@router.get("/{camera}", responses=NOT_FOUND)
def get_camera(camera: str, parts: Here) -> CameraView:
    """One camera."""
    _refuse_unknown(camera, parts)
    return parts.display.camera(parts.board.facts(), camera, clock.now())


@router.post(
    "/{camera}/still",
    response_class=Response,
    responses=_JPEG | NOT_FOUND | BUSY | NO_ANSWER,
)
async def make_still(camera: str, parts: Here) -> Response:
    """One picture in the camera's own size, at most 4096 px on the longer side, made by its worker now.

    `X-Captured-At` says of when it is. No worker answers where the camera is silent or switched off, or the worker of
    an older version.
    """
    _refuse_unknown(camera, parts)
    try:
        still = await asyncio.shield(asyncio.wrap_future(parts.stills.ask(camera)))  # others may wait for the same
    except TooManyStillsError as error:
        raise HTTPException(429, str(error), {"retry-after": str(math.ceil(error.wait_s))}) from None
    except NoStillError as error:
        raise HTTPException(504, str(error)) from None
    return Response(still.jpeg, media_type="image/jpeg", headers={"x-captured-at": utc(still.captured_at)})


def _refuse_unknown(camera: str, parts: Parts) -> None:
    if camera not in parts.site.cameras:
        raise HTTPException(404, f"There is no camera {camera}.")
