"""A control room: takes webhooks on a free port and verifies each with the official Standard Webhooks library."""

from __future__ import annotations

import base64
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook


class WebhookReceiver:
    """`events` holds the body of every request whose signature was right, by the order of arrival; `refused` the rest.

    fail_every: answers 500 to every n-th request, which must then come again.
    """

    def __init__(self, *, fail_every: int = 0) -> None:
        self.secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        self.events: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.refused: list[str] = []
        self._requests = 0
        self._fail_every = fail_every
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                self.send_response(receiver.take(body, dict(self.headers.items())))
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing of each request."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> WebhookReceiver:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, body: bytes, headers: dict[str, str]) -> int:
        """The status for one request."""
        with self._lock:
            self._requests += 1
            if self._fail_every and self._requests % self._fail_every == 0:
                return 500
            try:
                event: Any = Webhook(self.secret).verify(body, headers)
            except Exception as error:  # whatever the library says: the request is refused
                self.refused.append(str(error))
                return 400
            self.events.append(event)
            self.ids.append({name.lower(): value for name, value in headers.items()}["webhook-id"])
            return 204
