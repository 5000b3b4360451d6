"""The live channel: a snapshot first, then what changes; every second a tick, so that a page can tell it is cut off."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from datetime import UTC, datetime

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.types import Message
from starlette.websockets import WebSocketState

from service.api.views import ClientMessage, Ping, Watch
from service.frame import Frame
from service.hub import Client, tick_text
from service.parts import Here, Parts
from service.socket import SHARED
from service.store import StoreError

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
        await _send(socket, {"type": "websocket.send", "text": await run_in_threadpool(_snapshot, parts)})
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


def _snapshot(parts: Parts) -> str:
    return parts.snapshots.text(login_required=parts.login_required)


async def _write(socket: WebSocket, client: Client, parts: Parts) -> None:
    takes_shared = SHARED in socket.scope["extensions"]
    while True:
        await client.bell.wait()
        client.bell.clear()
        if client.mailbox.overfull:
            raise TimeoutError
        post = client.mailbox.take()
        taken_at = datetime.now(UTC)
        if post.frame is not None:
            await (_send_shared if takes_shared else _send_texts)(socket, post.frame)
            if post.witnessed:
                _tell(parts, post.frame, taken_at)
        for text in post.own:
            await _send(socket, {"type": "websocket.send", "text": text})


async def _send_shared(socket: WebSocket, frame: Frame) -> None:
    await _send(socket, {"type": "websocket.send", SHARED: frame.wire})


async def _send_texts(socket: WebSocket, frame: Frame) -> None:
    for text in frame.texts:
        await _send(socket, {"type": "websocket.send", "text": text})


async def _send(socket: WebSocket, message: Message) -> None:
    async with asyncio.timeout(SEND_WITHIN_S):
        await socket.send(message)


def _tell(parts: Parts, frame: Frame, taken_at: datetime) -> None:
    """How old the figures were when one browser got them: each time another one."""
    now = datetime.now(UTC)
    parts.tracer.later("show", frame.traces, taken_at)
    parts.metrics.sent([(now - captured_at).total_seconds() for captured_at in frame.captured_at])


async def _read(socket: WebSocket, client: Client, parts: Parts) -> None:
    told: frozenset[str] = frozenset()
    while True:
        try:
            message = _CLIENT_MESSAGE.validate_json(await socket.receive_text())
        except (ValidationError, KeyError):
            continue  # a page of another version, or bytes; what it asks for is not known here
        if isinstance(message, Watch):
            looked_at = frozenset(message.cameras) & frozenset(parts.site.cameras)
            parts.hub.look(client, looked_at)
            if parts.snapshots.tells_trends and looked_at - told:
                await _answer_trends(client, parts, looked_at - told)
                told |= looked_at
        else:
            client.mailbox.put_answer("tick", tick_text(parts.board.faults()))
            client.bell.set()


async def _answer_trends(client: Client, parts: Parts, cameras: frozenset[str]) -> None:
    """Once for each camera: from then on the page has the figures themselves."""
    with suppress(StoreError):  # the snapshot and every tick say that the database is away
        client.mailbox.put_answer("trends", await run_in_threadpool(parts.snapshots.trends, cameras))
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
