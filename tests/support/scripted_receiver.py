"""A webhook receiver that answers as a test says, and remembers every request, verified with the official library."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

from support.service_site import WEBHOOK_SECRET


@dataclass(frozen=True)
class Reply:
    """What the receiver answers."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0


@dataclass(frozen=True)
class Taken:
    """One request that came, and what was answered."""

    at_s: float
    message_id: str
    event: Any
    status: int


class ScriptedReceiver:
    """`script` is asked with the number of each request, from 0, and its event."""

    def __init__(self, script: Callable[[int, Any], Reply] = lambda _number, _event: Reply()) -> None:
        self.taken: list[Taken] = []
        self.script = script
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                reply = receiver.take(body, dict(self.headers.items()))
                time.sleep(reply.delay_s)
                try:
                    self.send_response(reply.status)
                    for name, value in reply.headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                except BrokenPipeError:
                    pass  # the sender has waited long enough

            def log_message(self, *_: object) -> None:
                """Say nothing of each request."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> ScriptedReceiver:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def accepted(self) -> list[Taken]:
        """Those that were answered with success."""
        return [taken for taken in self.taken if 200 <= taken.status < 300]

    def take(self, body: bytes, headers: dict[str, str]) -> Reply:
        """Verify, remember, answer."""
        event: Any = Webhook(WEBHOOK_SECRET).verify(body, headers)
        message_id = {name.lower(): value for name, value in headers.items()}["webhook-id"]
        with self._lock:
            reply = self.script(len(self.taken), event)
            self.taken.append(Taken(time.monotonic(), message_id, event, reply.status))
        return reply
