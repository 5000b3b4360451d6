"""What the worker counts, for Prometheus. Labels are bounded: cameras of the site file and nothing else."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

LATENCY_BUCKETS_S = (0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 2.0, 5.0, 10.0)
CAMERA = ("camera",)
INFO = ("worker", "model", "engine", "precision", "device")


class WorkerMetrics:
    """One registry a worker, so that two workers in one process (tests) do not meet."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        registry = self.registry
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
        self.info = Gauge("crushwatch_worker_info", "What runs the network.", INFO, registry=registry)

    def serve(self, port: int) -> None:
        """/metrics on 127.0.0.1:port, in a thread of its own."""
        start_http_server(port, addr="127.0.0.1", registry=self.registry)
