"""From a site file to a running worker, and to its end."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

from crushwatch.bus import Outbox, open_bus
from crushwatch.models import find_model
from crushwatch.site import Site
from workers.infer.choose import open_engine
from workers.metrics import WorkerMetrics
from workers.metrics_server import MetricsServer
from workers.worker import Worker


def run_worker(site: Site, base: Path, stop: threading.Event) -> None:
    """Watch until `stop` is set. `base`: the folder from which a relative `worker.state_dir` counts."""
    model = find_model(site.worker.model)
    engine = open_engine(
        site.worker.engine,
        model,
        precision=site.worker.precision,
        threads=site.worker.threads,
        shapes_px=sorted({camera.engine_shape for camera in site.cameras.values() if camera.enabled}),
        batch_size=site.worker.batch_size,
    )
    metrics = WorkerMetrics()
    name = socket.gethostname()
    metrics.info.labels(name, model.name, engine.name, engine.precision, engine.device).set(1)
    if site.worker.metrics_port:
        MetricsServer(site.worker.metrics_host, site.worker.metrics_port).showing = metrics
    outbox = Outbox(base / site.worker.state_dir / "outbox.db", limit=site.worker.outbox_limit)
    bus = open_bus(site.bus.url.reveal(), site.id, readings_kept=site.bus.readings_kept)
    try:
        Worker(site, engine, model.name, bus, outbox, name=name, metrics=metrics).run(stop)
    finally:
        engine.close()
        bus.close()
        outbox.close()
