"""A browser of the live channel, as far as messages go."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from websockets.sync.client import ClientConnection, connect

LARGEST = 2**24


class LiveClient:
    """Connected inside the `with` block; `messages` holds all that was received."""

    def __init__(self, url: str, headers: Mapping[str, str] | None = None, *, compression: str | None = "deflate"):
        self._compression = compression
        self._address = url.replace("http", "ws", 1) + "/api/v1/live"
        self._headers = dict(headers or {})
        self._open = ExitStack()
        self._socket: ClientConnection
        self.messages: list[dict[str, Any]] = []

    def __enter__(self) -> LiveClient:
        connection = connect(
            self._address, max_size=LARGEST, additional_headers=self._headers, compression=self._compression
        )
        self._socket = self._open.enter_context(connection)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def send(self, message: Mapping[str, Any] | str) -> None:
        """To the service, as JSON."""
        self._socket.send(message if isinstance(message, str) else json.dumps(message))

    def receive(self, timeout_s: float = 5.0) -> dict[str, Any]:
        """The next message, whatever it is."""
        message: dict[str, Any] = json.loads(self._socket.recv(timeout=timeout_s))
        self.messages.append(message)
        return message

    def wait_for(
        self, kind: str, matches: Callable[[dict[str, Any]], Any] = lambda _message: True, *, within_s: float = 10.0
    ) -> dict[str, Any]:
        """The next message of a kind that matches; fails when none comes in time."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            message = self.receive(max(0.01, deadline - time.monotonic()))
            if message["type"] == kind and matches(message):
                return message
        raise AssertionError(f"no {kind} within {within_s:.0f} s; came: {[m['type'] for m in self.messages]}")
