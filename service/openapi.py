"""The API's description, OpenAPI 3.1, without a running service: `python -m service.openapi > openapi.json`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter
from starlette.routing import BaseRoute

from crushwatch import __version__
from service.api.routes import api_router
from service.api.views import ClientMessage, LiveMessage, Problem

DESCRIPTION = """People per square metre, per region, and the alerts they raise.

`/api/v1/live` is a WebSocket: the service sends `LiveMessage`s (a snapshot first, a tick every second), the page
sends `ClientMessage`s. Errors are problem documents (RFC 9457)."""

_REF = "#/components/schemas/{model}"


def describe(routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """The OpenAPI document of these routes, with the models of the live channel."""
    document = get_openapi(
        title="crushwatch", version=__version__, openapi_version="3.1.0", description=DESCRIPTION, routes=routes
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(_with_definitions("Problem", Problem, "serialization"))
    schemas.update(_with_definitions("LiveMessage", LiveMessage, "serialization"))
    schemas.update(_with_definitions("ClientMessage", ClientMessage, "validation"))
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    document["paths"]["/api/v1/live"] = _LIVE
    return document


def _with_definitions(name: str, kind: Any, mode: Any) -> dict[str, Any]:
    schema = TypeAdapter(kind).json_schema(mode=mode, ref_template=_REF)
    definitions: dict[str, Any] = schema.pop("$defs", {})
    return {**definitions, name: schema}


_LIVE = {
    "get": {
        "tags": ["live"],
        "summary": "Live channel",
        "description": "A WebSocket. Sent: `LiveMessage`, a JSON text each. Received: `ClientMessage`.",
        "operationId": "live",
        "responses": {
            "101": {
                "description": "Switching to a WebSocket.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/LiveMessage"}}},
            }
        },
    }
}


def main() -> None:
    """Print the document."""
    print(json.dumps(describe(api_router().routes), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
