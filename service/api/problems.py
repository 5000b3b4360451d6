"""Every error of the API is a problem document, as RFC 9457 has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from service.api.views import FaultView, Problem
from service.store import RefusedError, StoreError

MEDIA_TYPE = "application/problem+json"


def _described(texts: dict[int, str]) -> dict[int | str, dict[str, Any]]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": text, "content": content} for status, text in texts.items()}


PROBLEM_RESPONSES = _described(
    {
        401: "Log in first, or send a token.",
        403: "The request comes from a page or a host that is not allowed.",
        422: "The request has faults; `faults` lists all of them.",
    }
)
NOT_FOUND = _described({404: "There is no such thing."})
BUSY = _described({429: "The service is at it for somebody else; `Retry-After` says when to ask again."})
NO_ANSWER = _described({504: "No worker has answered."})
CONFLICT = _described({409: "It cannot be done now."})


def problem(
    status: int,
    detail: str = "",
    *,
    instance: str | None = None,
    faults: Sequence[FaultView] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """A problem document as an answer."""
    body = Problem(
        title=HTTPStatus(status).phrase, status=status, detail=detail, instance=instance, faults=list(faults)
    )
    return JSONResponse(body.model_dump(exclude_none=True), status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make every error of `app` a problem document."""
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _faulty)
    app.add_exception_handler(StoreError, _without_store)
    app.add_exception_handler(Exception, _broken)


def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for this class only
    return problem(error.status_code, str(error.detail), instance=request.url.path, headers=error.headers)


def _faulty(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for this class only
    faults = [FaultView(where=".".join(map(str, fault["loc"])), text=str(fault["msg"])) for fault in error.errors()]
    detail = f"{len(faults)} fault(s) in the request"
    return problem(422, detail, instance=request.url.path, faults=faults)


def _without_store(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, RefusedError):
        return problem(422, "The database refuses these values.", instance=request.url.path)
    return problem(503, f"{error}. Try again.", instance=request.url.path, headers={"retry-after": "5"})


def _broken(request: Request, _error: Exception) -> JSONResponse:
    return problem(500, "The service failed at this; its log says why.", instance=request.url.path)
