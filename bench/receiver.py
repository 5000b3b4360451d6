"""A webhook's receiver that fails every third time, and keeps what it took."""

from __future__ import annotations

import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FAILS_EVERY = 3


class FailingReceiver:
    """Answers 500 to every third POST. `taken` counts, by webhook-id, how often it answered 200."""

    def __init__(self) -> None:
        self.asked = 0
        self.taken: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, name="receiver", daemon=True).start()

    @property
    def url(self) -> str:
        """Where to post."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/alerts"

    def stop(self) -> None:
        """No more is taken."""
        self._server.shutdown()
        self._server.server_close()

    def _status_for(self, message_id: str) -> int:
        with self._lock:
            self.asked += 1
            if self.asked % FAILS_EVERY == 0:
                return 500
            self.taken[message_id] += 1
            return 200

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        status_for = self._status_for

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                self.send_response(status_for(self.headers["webhook-id"]))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_words: Any) -> None:
                """Nothing."""

        return Handler
