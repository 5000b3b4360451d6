"""A made-up service for building and testing the page: the real models, invented figures, every state on request.

    python -m service.dashboard.dev.feed --scenario critical      (from the repository root, after `npm run build`)

It speaks the service's REST and live channel from memory and serves the built page with the service's own headers.
`POST /dev/begin/NAME` starts a scenario from nothing, `POST /dev/turn/NAME` goes over to it with what stands,
`POST /dev/silence/SECONDS` says nothing on open channels for a while, `POST /dev/away/SECONDS` closes them and refuses
new ones, `POST /dev/lack/TEXT` cuts the service off from its bus and says why, `GET /dev/watched` says whose pictures
are asked for. Never part of an installation.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs

import uvicorn
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from service.api.views import AlertChanged, AlertState
from service.auth.guard import SECURITY_HEADERS
from service.dashboard.dev.scenarios import SCENARIOS
from service.dashboard.dev.venue import Venue, now

DIST = Path(__file__).parents[1] / "dist"
PASSWORD = "open the gates"  # noqa: S105  # of the made-up service


def application(venue: Venue) -> Starlette:
    """The made-up service as a web application."""

    def signed_in(request: Request | WebSocket) -> bool:
        return not venue.login or request.cookies.get("session") == "made-up"

    async def site(request: Request) -> Response:
        if not signed_in(request):
            return _problem(401, "Log in first, or send a token.")
        return _json(venue.snapshot().site)

    async def login(request: Request) -> Response:
        if parse_qs((await request.body()).decode()).get("password") != [PASSWORD]:
            return Response("This is not the password.", 401)
        answer = RedirectResponse("/", 303)
        answer.set_cookie("session", "made-up", httponly=True, samesite="strict")
        return answer

    async def logout(_request: Request) -> Response:
        answer = RedirectResponse("/", 303)
        answer.delete_cookie("session")
        return answer

    async def alerts(_request: Request) -> Response:
        newest_first = sorted(venue.alerts.values(), key=lambda alert: alert.raised_at, reverse=True)
        return JSONResponse({"items": [alert.model_dump(mode="json") for alert in newest_first], "next_cursor": None})

    async def acknowledge(request: Request) -> Response:
        alert = venue.alerts.get(request.path_params["alert_id"])
        if alert is None:
            return _problem(404, "There is no such alert.")
        state = AlertState.CLOSED if alert.cleared_at else AlertState.ACKNOWLEDGED
        who = (await request.json())["by"]
        changes = {"state": state, "acknowledged_at": now(), "acknowledged_by": who, "updated_at": now()}
        changed = venue.keep(alert.model_copy(update=changes))
        await venue.tell(AlertChanged(alert=changed))
        return _json(changed)

    async def begin(request: Request) -> Response:
        await venue.begin(SCENARIOS[request.path_params["name"]])
        return Response(status_code=204)

    async def turn(request: Request) -> Response:
        await venue.turn(SCENARIOS[request.path_params["name"]])
        return Response(status_code=204)

    async def watched(_request: Request) -> Response:
        return JSONResponse(sorted(set().union(*venue.listeners.values())))

    async def silence(request: Request) -> Response:
        venue.silent_until_s = time.time() + request.path_params["seconds"]
        return Response(status_code=204)

    async def away(request: Request) -> Response:
        venue.away_until_s = time.time() + request.path_params["seconds"]
        for socket in list(venue.listeners):
            await socket.close()
        return Response(status_code=204)

    async def lack(request: Request) -> Response:
        venue.faults = (request.path_params["text"],)
        return Response(status_code=204)

    async def live(socket: WebSocket) -> None:
        if not signed_in(socket) or time.time() < venue.away_until_s:
            await socket.close()
            return
        await socket.accept()
        await socket.send_text(venue.snapshot().model_dump_json())
        venue.listeners[socket] = set()
        try:
            while True:
                said = await socket.receive_json()
                if said["type"] == "watch":
                    await venue.watch(socket, set(said["cameras"]))
        except (WebSocketDisconnect, RuntimeError):
            venue.listeners.pop(socket, None)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        list(venue.judge())
        task = asyncio.create_task(venue.run())
        yield
        task.cancel()

    return Starlette(
        lifespan=lifespan,
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=_with_policy)],
        routes=[
            Route("/api/v1/site", site),
            Route("/login", login, methods=["POST"]),
            Route("/logout", logout, methods=["POST"]),
            Route("/api/v1/alerts", alerts),
            Route("/api/v1/alerts/{alert_id}/acknowledge", acknowledge, methods=["POST"]),
            WebSocketRoute("/api/v1/live", live),
            Route("/dev/begin/{name}", begin, methods=["POST"]),
            Route("/dev/turn/{name}", turn, methods=["POST"]),
            Route("/dev/watched", watched),
            Route("/dev/silence/{seconds:float}", silence, methods=["POST"]),
            Route("/dev/away/{seconds:float}", away, methods=["POST"]),
            Route("/dev/lack/{text:path}", lack, methods=["POST"]),
            Mount("/", StaticFiles(directory=DIST, html=True)),
        ],
    )


async def _with_policy(request: Request, answer: RequestResponseEndpoint) -> Response:
    response = await answer(request)
    response.headers.update(SECURITY_HEADERS)
    return response


def _json(model: BaseModel) -> Response:
    return JSONResponse(model.model_dump(mode="json"))


def _problem(status: int, detail: str) -> Response:
    return JSONResponse({"status": status, "detail": detail}, status, media_type="application/problem+json")


def main() -> None:
    """Serve until interrupted; the first line on standard output is the address."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one")
    parser.add_argument("--scenario", choices=SCENARIOS, default="calm")
    parser.add_argument("--login", action="store_true", help=f"ask for the password {PASSWORD!r}")
    options = parser.parse_args()
    venue = Venue(SCENARIOS[options.scenario], login=options.login)
    config = uvicorn.Config(application(venue), host="127.0.0.1", port=options.port, log_level="warning")
    socket = config.bind_socket()
    socket.listen()
    print(f"http://127.0.0.1:{socket.getsockname()[1]}", flush=True)
    asyncio.run(uvicorn.Server(config).serve(sockets=[socket]))


if __name__ == "__main__":
    main()
