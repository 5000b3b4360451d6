"""The names and kinds of the metrics that worker and service export, asked of the programs themselves."""

from __future__ import annotations

import re
import tempfile

from crushwatch.bus.memory import MemoryBus
from crushwatch.site import parse_site
from crushwatch.tracing import NoTracer
from service.parts import assemble
from workers.metrics import WorkerMetrics
from workers.metrics_server import MetricsServer

SITE = """
id: demo
cameras: {{gate: {{source: "sim:gate"}}}}
service: {{database: "sqlite:///{folder}/exported.db"}}
"""


def worker_metrics() -> dict[str, str]:
    """Name and kind of each."""
    server = MetricsServer("127.0.0.1", 0)
    try:
        server.showing = WorkerMetrics()
        return _kinds(server.metrics("")[1])
    finally:
        server.close()


def service_metrics() -> dict[str, str]:
    """Name and kind of each."""
    with tempfile.TemporaryDirectory() as folder:
        parts = assemble(parse_site(SITE.format(folder=folder)), MemoryBus(), NoTracer())
        try:
            parts.board.set_backlog(0)
            return _kinds(parts.metrics.exposition("")[0])
        finally:
            parts.database.close()


def series_names() -> set[str]:
    """What may stand in PromQL: a histogram as its buckets, sum and count; and what Prometheus itself adds."""
    names = {"up"}
    for name, kind in (worker_metrics() | service_metrics()).items():
        names |= {f"{name}_{part}" for part in ("bucket", "sum", "count")} if kind == "histogram" else {name}
    return names


def _kinds(text: bytes) -> dict[str, str]:
    return dict(re.findall(r"^# TYPE (\w+) (\w+)$", text.decode(), re.MULTILINE))
