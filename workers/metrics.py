"""What the worker counts, for Prometheus. Labels are bounded: cameras of the site file and nothing else."""

from __future__ import annotations

import time

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from crushwatch.site.watch import SiteFile

LATENCY_BUCKETS_S = (0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 2.0, 5.0, 10.0)
BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64)
CAMERA = ("camera",)
INFO = ("worker", "model", "engine", "precision", "device")


class WorkerMetrics:
    """One registry a worker, so that two workers in one process (tests) do not meet."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has it so
        self.registry = CollectorRegistry()
        self._round_at_s: float | None = None
        self._reloads_told: dict[str, int] = {}
        registry = self.registry
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        self.camera_up = Gauge(
            "crushwatch_worker_camera_up", "1 while the camera gives pictures.", CAMERA, registry=registry
        )
        self.frames_decoded = Counter(
            "crushwatch_worker_frames_decoded", "Frames decoded since the start.", CAMERA, registry=registry
        )
        self.frames_overtaken = Counter(
            "crushwatch_worker_frames_overtaken",
            "Decoded frames that a newer one overtook before they were analysed.",
            CAMERA,
            registry=registry,
        )
        self.frames_left_out = Counter(
            "crushwatch_worker_frames_left_out",
            "Frames that were read too late to be shown and left out to come back to the present.",
            CAMERA,
            registry=registry,
        )
        self.reconnects = Counter(
            "crushwatch_worker_reconnects", "Connections made anew since the start.", CAMERA, registry=registry
        )
        self.decode_errors = Counter(
            "crushwatch_worker_decode_errors", "Packets that could not be decoded.", CAMERA, registry=registry
        )
        self.frames_analysed = Counter(
            "crushwatch_worker_frames_analysed",
            "Frames through the network since the start.",
            CAMERA,
            registry=registry,
        )
        self.analysed_share = Gauge(
            "crushwatch_worker_analysed_ratio",
            "Frames analysed over the last ten seconds, as a share of what the site asks for.",
            CAMERA,
            registry=registry,
        )
        self.frame_age_s = Gauge(
            "crushwatch_worker_frame_age_seconds", "Age of the newest analysed frame.", CAMERA, registry=registry
        )
        self.inference_s = Histogram(
            "crushwatch_worker_inference_seconds",
            "Time of one batch in the network.",
            buckets=LATENCY_BUCKETS_S,
            registry=registry,
        )
        self.capture_to_publish_s = Histogram(
            "crushwatch_worker_capture_to_publish_seconds",
            "From a frame's capture to its readings on their way.",
            buckets=LATENCY_BUCKETS_S,
            registry=registry,
        )
        self.engine_degraded = Gauge(
            "crushwatch_worker_engine_degraded",
            "1 since the GPU failed: the engine takes smaller batches or runs on the processor.",
            registry=registry,
        )
        self.batch_frames = Histogram(
            "crushwatch_worker_batch_frames", "Frames in a batch.", buckets=BATCH_BUCKETS, registry=registry
        )
        self.batch_fill = Gauge(
            "crushwatch_worker_batch_fill_ratio", "Frames in the last batch over its largest size.", registry=registry
        )
        self.readings_published = Counter(
            "crushwatch_worker_readings_published", "Readings given to the bus.", registry=registry
        )
        self.alerts_published = Counter(
            "crushwatch_worker_alert_events_published", "Alert events given to the bus.", registry=registry
        )
        self.outbox_events = Gauge(
            "crushwatch_worker_outbox_events", "Alert events that wait on disk for Redis.", registry=registry
        )
        self.bus_up = Gauge("crushwatch_worker_bus_up", "1 while Redis answers.", registry=registry)
        self.site_revision = Gauge(
            "crushwatch_worker_site_revision", "Revision of the site file that is in force.", registry=registry
        )
        self.site_file_valid = Gauge(
            "crushwatch_worker_site_file_valid",
            "0 while the site file on disk has faults and an older revision is in force.",
            registry=registry,
        )
        self.site_reloads = Counter(
            "crushwatch_worker_site_reloads",
            "Changes of the site file that were taken up or refused.",
            ("result",),
            registry=registry,
        )
        self.info = Gauge("crushwatch_worker_info", "What runs the network.", INFO, registry=registry)

    def tell_site_file(self, file: SiteFile) -> None:
        """Whether the file on the disk is in force, and how its changes went."""
        self.site_file_valid.set(file.fault is None)
        for result, total in (("taken", file.taken), ("refused", file.refused)):
            self.site_reloads.labels(result).inc(max(0, total - self._reloads_told.get(result, 0)))
            self._reloads_told[result] = total

    def went_round(self, engine_busy_since_s: float | None = None) -> None:
        """The pipeline is alive; where the engine is at work, it was so when that batch began."""
        self._round_at_s = time.monotonic() if engine_busy_since_s is None else engine_busy_since_s

    def quiet_s(self) -> float | None:
        """Seconds since the pipeline last went round; None before it ever did."""
        return None if self._round_at_s is None else time.monotonic() - self._round_at_s
