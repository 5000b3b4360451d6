"""One trace from capture to browser, received as OTLP; and nothing at all unless it is asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from websockets.sync.client import connect

from support.crowd_camera import crowd_camera
from support.stack import Stack
from support.trace_receiver import TraceReceiver

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

WORKER_STEPS = ["batch", "infer", "measure", "judge", "publish"]


def test_a_followed_frame_is_one_trace_from_capture_to_browser(
    tmp_path: Path, empty_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TraceReceiver() as receiver:
        monkeypatch.setenv("CRUSHWATCH_TRACE_SHARE", "1")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
        with Stack(tmp_path, {"north": crowd_camera(str(empty_clip))}) as stack:
            stack.wait_for("figures", lambda: stack.region("north", "plaza").get("reading"), within_s=40)
            with connect(stack.address.replace("http", "ws") + "/api/v1/live") as browser:
                assert json.loads(browser.recv(timeout=10))["type"] == "snapshot"
                spans = stack.wait_for("a whole trace", lambda: receiver.trace("frame", "store", "show"), within_s=30)
    frame = next(span for span in spans if span.name == "frame")
    assert all(span.parent == frame.span for span in spans if span is not frame)
    assert {span.program for span in spans} == {"crushwatch-worker", "crushwatch-service"}
    steps = [span for span in spans if span.name in WORKER_STEPS]
    assert [span.name for span in steps] == WORKER_STEPS
    assert steps[0].began_ns == frame.began_ns
    assert all(before.ended_ns == after.began_ns for before, after in pairwise(steps))
    assert all(span.began_ns <= span.ended_ns for span in spans)


def test_nothing_of_opentelemetry_is_loaded_while_tracing_is_off() -> None:
    code = (
        "import sys; from crushwatch.tracing import make_tracer; make_tracer('worker', {}); "
        "print(any('opentelemetry' in name for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"
