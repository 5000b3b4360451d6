"""From a camera to an alert on a screen, with nothing in between but what users run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from support.browser import open_page
from support.crowd_camera import crowd_camera
from support.prometheus import check_metrics
from support.rtsp_server import RtspServer
from support.stack import Stack
from support.webhook_receiver import WebhookReceiver

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

PASSWORD = "hunter2-not-for-your-eyes"


def test_two_rtsp_cameras_are_counted_an_alert_is_seen_acknowledged_and_told(
    tmp_path: Path, plaza: Path, screenshots: Path
) -> None:
    server = RtspServer({"north": plaza, "south": plaza}, users={"viewer": PASSWORD}).start()
    cameras = {
        "north": crowd_camera(server.url("north", user="viewer", password=PASSWORD), name="North gate"),
        "south": crowd_camera(server.url("south", user="viewer", password=PASSWORD), transport="udp"),
    }
    with WebhookReceiver() as control_room:
        channel = {"url": control_room.url, "secret": control_room.secret}
        with Stack(tmp_path, cameras, notifications={"room": channel}) as stack:
            stack.wait_for("an alert for both cameras", lambda: len(stack.alerts("levels")) == 2, within_s=60)
            for camera in ("north", "south"):
                reading = stack.region(camera, "plaza")["reading"]
                assert 15 < reading["count"] < 60
                assert reading["density_per_m2"] == pytest.approx(reading["count"] / 20, rel=0.01)
            _see_and_acknowledge(stack, screenshots)
            stack.wait_for("both webhooks", lambda: len(control_room.events) >= 2, within_s=20)
            assert control_room.refused == []
            assert len(set(control_room.ids)) == len(control_room.ids)
            assert {event["type"] for event in control_room.events} >= {"alert.raised"}
            check_metrics(httpx.get(f"{stack.address}/metrics").text)
            check_metrics(httpx.get(f"http://127.0.0.1:{stack.metrics_port}/metrics").text)
            _no_secret_is_told(stack)
            assert stack.stop("worker") < 4
            assert stack.stop("service") < 4
    server.stop()


def _see_and_acknowledge(stack: Stack, screenshots: Path) -> None:
    with open_page(stack.address) as page:
        row = page.get_by_test_id("alert-row").filter(has_text="North gate").first
        expect(row).to_be_visible(timeout=15_000)
        expect(page.get_by_test_id("camera-tile").first).to_be_visible()
        page.wait_for_timeout(2500)
        page.screenshot(path=str(screenshots / "watch-alert.png"))
        row.get_by_test_id("acknowledge").click()
        name = page.get_by_test_id("operator-name")
        if name.count():
            name.fill("Kim, desk 2")
            name.press("Enter")
        stack.wait_for(
            "the acknowledgement in the API",
            lambda: [alert for alert in stack.alerts("levels") if alert["acknowledged_by"] == "Kim, desk 2"],
            within_s=10,
        )
        page.screenshot(path=str(screenshots / "watch-acknowledged.png"))


def _no_secret_is_told(stack: Stack) -> None:
    """By the API, the metrics, the logs or a command line."""
    paths = ("/api/v1/cameras", "/api/v1/site", "/api/v1/system", "/api/v1/alerts", "/metrics", "/api/openapi.json")
    told = [httpx.get(stack.address + path).text for path in paths]
    told += [stack.log("worker"), stack.log("service")]
    told += [path.read_bytes().decode(errors="replace") for path in Path("/proc").glob("[0-9]*/cmdline")
             if _is_ours(path)]  # fmt: skip
    assert not any(PASSWORD in text for text in told)
    assert any("north" in text for text in told)


def _is_ours(cmdline: Path) -> bool:
    try:
        return b"crushwatch" in cmdline.read_bytes()
    except OSError:
        return False


def test_the_demo_raises_an_alert_from_the_counted_crowd_and_ends_with_its_figures() -> None:
    command = [str(Path(sys.executable).with_name("crushwatch")), "demo", "--duration", "100", "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert ended.returncode == 0, ended.stderr
    figures = json.loads(ended.stdout.strip().splitlines()[-1])
    assert set(figures) == {
        "readings", "alerts_raised", "alerts_cleared", "frames", "webhooks_delivered", "latency_ms_p95", "engine",
        "model",
    }  # fmt: skip
    assert figures["readings"] > 30  # of two regions, one a second at the most: as many as the processor gets to
    assert figures["alerts_raised"] >= 1
    assert figures["webhooks_delivered"] >= 1
    first_s = float(re.search(r"first figures after ([\d.]+) s", ended.stderr)[1])
    assert first_s < 20  # ten on a machine that does nothing else
