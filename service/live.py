"""The live channel: a snapshot first, then what changes; every second a tick, so that a page can tell it is cut off."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocketState

from service import clock
from service.api.views import AlertView, ClientMessage, Ping, Snapshot, Tick, TrendView, Watch
from service.board import regions_of
from service.hub import Client
from service.parts import Here, Parts
from service.store import StoreError, readings
from service.trend import trend

TREND = timedelta(minutes=10)
SEND_WITHIN_S = 10.0
TOO_SLOW = 4008
"""The code with which a browser that does not keep up is sent away; it comes back and starts from a snapshot."""
TRY_AGAIN_LATER = 1013

router = APIRouter()
log = structlog.get_logger("crushwatch.service.live")
_CLIENT_MESSAGE: TypeAdapter[Watch | Ping] = TypeAdapter(ClientMessage)


@router.websocket("/api/v1/live")
async def live(socket: WebSocket, parts: Here) -> None:
    """See the module; who may come in was decided at the door."""
    await socket.accept()
    client = parts.hub.join()
    try:
        snapshot = await run_in_threadpool(lambda: take_snapshot(parts).model_dump_json())
        await socket.send_text(snapshot)
        await _until_first_ends(_write(socket, client, parts), _read(socket, client, parts))
    except WebSocketDisconnect:
        pass
    except TimeoutError:
        await _close(socket, TOO_SLOW)
    except Exception:  # at the edge: this browser comes back, the others must not notice
        if WebSocketState.DISCONNECTED in (socket.client_state, socket.application_state):
            return  # it left while something was being sent to it
        log.exception("a live channel failed")
        await _close(socket, TRY_AGAIN_LATER)
    finally:
        parts.hub.leave(client)


def take_snapshot(parts: Parts) -> Snapshot:
    """Everything at this moment. While the database is away figures are shown all the same, and that it is away."""
    facts, now = parts.board.facts(), clock.now()
    faults = parts.board.faults()
    alerts: list[AlertView] = []
    trends: dict[str, TrendView] = {}
    try:
        alerts = [parts.display.alert(alert) for alert in parts.desk.open_alerts()]
        trends = _trends(parts, now.wall)
    except StoreError as error:
        faults.append(f"the alerts cannot be read: {error}")
    return Snapshot(
        server_time=now.wall,
        site=parts.display.venue(login_required=parts.login_required),
        cameras=parts.display.cameras(facts, now),
        alerts=alerts,
        trends=trends,
        faults=faults,
    )


def _trends(parts: Parts, until: datetime) -> dict[str, TrendView]:
    since = until - TREND
    with parts.database.reading() as connection:
        return {
            f"{camera}/{region}": trend(readings.figures(connection, camera, region, since, until), since, until)
            for camera, region in regions_of(parts.site)
        }


async def _write(socket: WebSocket, client: Client, parts: Parts) -> None:
    while True:
        await client.bell.wait()
        client.bell.clear()
        if client.mailbox.overfull:
            raise TimeoutError
        for parcel in client.mailbox.take():
            taken_at = datetime.now(UTC)
            async with asyncio.timeout(SEND_WITHIN_S):
                await socket.send_text(parcel.text)
            if parcel.captured_at:
                now = datetime.now(UTC)
                parts.tracer.later("show", parcel.traces, taken_at)
                parts.metrics.sent([(now - captured_at).total_seconds() for captured_at in parcel.captured_at])


async def _read(socket: WebSocket, client: Client, parts: Parts) -> None:
    while True:
        try:
            message = _CLIENT_MESSAGE.validate_json(await socket.receive_text())
        except (ValidationError, KeyError):
            continue  # a page of another version, or bytes; what it asks for is not known here
        if isinstance(message, Watch):
            parts.hub.look(client, frozenset(message.cameras) & frozenset(parts.site.cameras))
        else:
            client.mailbox.put_tick(Tick(server_time=datetime.now(UTC), faults=parts.board.faults()).model_dump_json())
            client.bell.set()


async def _until_first_ends(*jobs: Coroutine[None, None, None]) -> None:
    """Run them until one ends, then end the other; raises what the first raised."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        done, _pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _close(socket: WebSocket, code: int) -> None:
    with suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
        async with asyncio.timeout(1.0):
            await socket.close(code)
