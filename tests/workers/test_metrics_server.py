"""What Prometheus and a container's health check see of a worker."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from crushwatch.errors import PortTakenError
from support.prometheus import check_metrics
from workers.metrics import WorkerMetrics
from workers.metrics_server import STUCK_AFTER_S, MetricsServer


@pytest.fixture
def server() -> Iterator[MetricsServer]:
    listening = MetricsServer("127.0.0.1", 0)
    yield listening
    listening.close()


def address(server: MetricsServer, path: str) -> str:
    return f"http://127.0.0.1:{server.port}{path}"


def test_a_worker_is_not_healthy_before_its_pipeline_has_gone_round(server: MetricsServer) -> None:
    for metrics in (None, WorkerMetrics()):
        server.showing = metrics
        answer = httpx.get(address(server, "/healthz"))
        assert (answer.status_code, answer.json()) == (503, {"status": "starting"})


def test_a_worker_is_healthy_while_its_pipeline_goes_round_and_not_when_it_is_stuck(
    server: MetricsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.showing = WorkerMetrics()
    server.showing.went_round()
    assert httpx.get(address(server, "/healthz")).json() == {"status": "ok"}
    monkeypatch.setattr(server.showing, "quiet_s", lambda: STUCK_AFTER_S + 1)
    answer = httpx.get(address(server, "/healthz"))
    assert (answer.status_code, answer.json()) == (503, {"status": "stuck since 16 s"})


def test_metrics_are_prometheus_text_or_openmetrics_as_the_asker_likes(server: MetricsServer) -> None:
    server.showing = WorkerMetrics()
    server.showing.frames_analysed.labels("gate").inc()
    plain = httpx.get(address(server, "/metrics"))
    check_metrics(plain.text)
    assert 'crushwatch_worker_frames_analysed_total{camera="gate"} 1.0' in plain.text
    asked = {"accept": "application/openmetrics-text; version=1.0.0"}
    newer = httpx.get(address(server, "/metrics"), headers=asked)
    assert newer.headers["content-type"].startswith("application/openmetrics-text")
    assert newer.text.endswith("# EOF\n")
    assert "_created" not in newer.text


def test_a_port_that_is_taken_is_told_with_its_key(server: MetricsServer) -> None:
    with pytest.raises(
        PortTakenError, match=r"worker.metrics_host 127.0.0.1, metrics_port \d+: Address already in use"
    ):
        MetricsServer("127.0.0.1", server.port)
