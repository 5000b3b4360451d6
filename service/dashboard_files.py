"""The built dashboard, served as files; where it is not built, a page that says how."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

BUILT = Path(__file__).parent / "dashboard" / "dist"

_NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>crushwatch</title>
<h1>The dashboard is not built</h1>
<p>The service runs. To build its page, in the folder with the source: <code>make dashboard</code>, and
<code>pip install .</code> once more if it was installed from there. Then load this address again.</p>
<p>The API: <a href="/api/v1/cameras">/api/v1/cameras</a>, described in
<a href="/api/openapi.json">/api/openapi.json</a>.</p></html>"""


class _Dashboard(StaticFiles):
    """Files whose name holds their hash may be kept for ever; the page itself is asked for anew each time."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """See StaticFiles."""
        response = await super().get_response(path, scope)
        kept = "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"
        response.headers["cache-control"] = kept
        return response


def serve_dashboard(app: FastAPI, built: Path = BUILT) -> None:
    """Everything that is no route of the service is a file of the dashboard."""
    if (built / "index.html").is_file():
        app.mount("/", _Dashboard(directory=built, html=True), name="dashboard")
    else:
        app.add_api_route("/", _not_built, include_in_schema=False)


async def _not_built() -> HTMLResponse:
    return HTMLResponse(_NOT_BUILT)
