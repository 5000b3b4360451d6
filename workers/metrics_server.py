"""/metrics and /healthz of a worker, from a thread of its own, so that they answer while the engine works."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client.exposition import choose_encoder

from crushwatch.errors import port_error
from workers.metrics import WorkerMetrics

STUCK_AFTER_S = 15.0


class MetricsDoor:
    """The server through the revisions of a site: the same one while address and port stay."""

    def __init__(self) -> None:
        self._place: tuple[str, int] = ("", 0)
        self._server: MetricsServer | None = None

    def __enter__(self) -> MetricsDoor:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def open(self, host: str, port: int) -> None:
        """Listen there, and no more where it was; port 0: nowhere. Raises SiteError where the port is taken."""
        if (host, port) == self._place:
            return
        self._close()
        if port:
            self._server, self._place = MetricsServer(host, port), (host, port)

    def show(self, metrics: WorkerMetrics) -> None:
        """From now on these."""
        if self._server is not None:
            self._server.showing = metrics

    def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        self._server, self._place = None, ("", 0)


class MetricsServer:
    """Listens from the beginning on; shows the metrics of the worker that runs now. Port 0 takes a free one."""

    def __init__(self, host: str, port: int) -> None:
        self.showing: WorkerMetrics | None = None
        try:
            self._server = ThreadingHTTPServer((host, port), _handler(self))
        except OSError as error:
            raise port_error(error, f"worker.metrics_host {host}, metrics_port {port}") from None
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()

    def metrics(self, accept: str) -> tuple[int, bytes, str]:
        """Status, text and type: Prometheus or OpenMetrics, whichever the asker takes."""
        if self.showing is None:
            return 503, b"", "text/plain"
        encode, content_type = choose_encoder(accept)
        return 200, encode(self.showing.registry), content_type

    def health(self) -> tuple[int, bytes, str]:
        """200 while the pipeline goes round; 503 before it does and when it is stuck."""
        status = _status(None if self.showing is None else self.showing.quiet_s())
        text = json.dumps({"status": status}).encode()
        return 200 if status == "ok" else 503, text, "application/json"


def _status(quiet_s: float | None) -> str:
    if quiet_s is None:
        return "starting"
    return "ok" if quiet_s < STUCK_AFTER_S else f"stuck since {quiet_s:.0f} s"


def _handler(server: MetricsServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/metrics":
                answer = server.metrics(self.headers.get("accept", ""))
            elif path == "/healthz":
                answer = server.health()
            else:
                answer = (404, b"/metrics and /healthz are here\n", "text/plain")
            status, body, content_type = answer
            self.send_response(status)
            self.send_header("content-type", content_type)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing of each request."""

    return Handler
