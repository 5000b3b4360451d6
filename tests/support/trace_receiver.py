"""A real receiver of OTLP over HTTP: keeps the spans it is sent."""

from __future__ import annotations

import gzip
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class SentSpan:
    program: str
    trace: str
    name: str
    parent: str
    span: str
    began_ns: int
    ended_ns: int


class TraceReceiver:
    def __init__(self) -> None:
        self.spans: list[SentSpan] = []
        spans = self.spans

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                spans.extend(_read(ExportTraceServiceRequest.FromString(body)))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> TraceReceiver:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def trace(self, *names: str) -> list[SentSpan]:
        """The spans of a trace that has all these names, by their beginning; none while there is no such trace."""
        by_trace: dict[str, list[SentSpan]] = {}
        for span in list(self.spans):
            by_trace.setdefault(span.trace, []).append(span)
        whole = [spans for spans in by_trace.values() if set(names) <= {span.name for span in spans}]
        return sorted(whole[0], key=lambda span: span.began_ns) if whole else []


def _read(request: ExportTraceServiceRequest) -> list[SentSpan]:
    return [
        SentSpan(
            next(item.value.string_value for item in sent.resource.attributes if item.key == "service.name"),
            span.trace_id.hex(), span.name, span.parent_span_id.hex(), span.span_id.hex(),
            span.start_time_unix_nano, span.end_time_unix_nano,
        )
        for sent in request.resource_spans for scope in sent.scope_spans for span in scope.spans
    ]  # fmt: skip
