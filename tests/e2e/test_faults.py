"""What breaks in the night: cameras, Redis, the worker. No alert is lost, doubled or left open."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import redis
import yaml

from crushwatch.simulate import open_scenario
from support.crowd_camera import crowd_camera
from support.rtsp_server import RtspServer
from support.stack import QUICK_RULES, Stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

CALM = {"notice": 12, "caution": 13, "alert": 14, "critical": 15}


def calm_camera(source: str) -> dict[str, object]:
    camera = crowd_camera(source)
    regions = camera["regions"]
    assert isinstance(regions, dict)
    regions["plaza"]["levels"] = CALM
    return camera


def test_an_rtsp_server_that_dies_is_an_alert_and_ends_when_it_returns(
    tmp_path: Path, plaza_server: RtspServer
) -> None:
    with Stack(tmp_path, {"north": calm_camera(plaza_server.url("north"))}) as stack:
        stack.wait_for("figures", lambda: stack.region("north", "plaza").get("level") == "clear", within_s=30)
        plaza_server.kill()
        (alert,) = stack.wait_for("camera-silent", lambda: stack.alerts("camera-silent"), within_s=20)
        assert alert["cleared_at"] is None
        region = stack.wait_for(
            "the region is unknown, not clear",
            lambda: (found := stack.region("north", "plaza")).get("level") == "unknown" and found,
            within_s=20,
        )
        assert region["stale"] is True
        plaza_server.start()
        stack.wait_for("cleared", lambda: stack.alerts("camera-silent")[0]["cleared_at"], within_s=40)
        stack.wait_for("figures again", lambda: stack.region("north", "plaza")["level"] == "clear", within_s=10)
        assert len(stack.alerts("camera-silent")) == 1


def test_redis_away_for_twenty_seconds_loses_and_doubles_no_alert(tmp_path: Path, plaza_server: RtspServer) -> None:
    with Stack(tmp_path, {"north": calm_camera(plaza_server.url("north"))}) as stack:
        stack.wait_for("figures", lambda: stack.region("north", "plaza").get("reading"), within_s=30)
        stack.redis.kill()
        plaza_server.kill()
        away_from = time.monotonic()
        stack.wait_for("the service says so", lambda: stack.alerts("bus-unreachable", state="open"), within_s=20)
        time.sleep(max(0.0, 20 - (time.monotonic() - away_from)))
        plaza_server.start()
        stack.redis.start()
        stack.wait_for("the alert that waited", lambda: stack.alerts("camera-silent"), within_s=30)
        stack.wait_for("and its end", lambda: stack.alerts("camera-silent")[0]["cleared_at"], within_s=40)
        (alert,) = stack.alerts("camera-silent")
        detail = stack.get(f"/api/v1/alerts/{alert['alert_id']}")
        steps = [event["change"] for event in detail["events"] if not event["joined"]]
        assert steps == ["raised", "cleared"]
        ids = [event["event_id"] for event in detail["events"]]
        assert len(ids) == len(set(ids))
        stack.wait_for("the bus is back", lambda: not stack.alerts("bus-unreachable", state="open")
                       or stack.alerts("bus-unreachable")[0]["cleared_at"], within_s=20)  # fmt: skip


def test_a_worker_whose_clock_is_behind_is_one_alert_and_not_one_for_each_camera(tmp_path: Path) -> None:
    cameras = {name: crowd_camera("sim:calm", analysis_rate_hz=1) for name in ("north", "south")}
    with Stack(tmp_path, cameras) as stack:
        stack.kill("worker")
        stack.start("worker", ahead_s=-600)
        (alert,) = stack.wait_for("heartbeats of old", lambda: told_of_a_clock(stack), within_s=60)
        assert alert["rule"] == "worker-silent"
        assert "north, south" in alert["because"]
        time.sleep(QUICK_RULES["camera"]["silent_after_s"] + 3)
        assert told_of_a_clock(stack) == [alert]


def told_of_a_clock(stack: Stack) -> list[dict[str, Any]]:
    page = stack.get("/api/v1/alerts?state=open&limit=100") or {"items": []}
    return [alert for alert in page["items"] if "clock that is behind" in alert["because"]]


def test_a_worker_killed_with_an_alert_open_raises_it_once_and_closes_it(
    tmp_path: Path, plaza: Path, empty_clip: Path
) -> None:
    busy = RtspServer({"north": plaza}).start()
    with Stack(tmp_path, {"north": crowd_camera(busy.url("north"))}) as stack:
        stack.wait_for("an alert", lambda: stack.alerts("levels"), within_s=40)
        stack.kill("worker")
        busy.kill()
        empty = RtspServer({"north": empty_clip})
        empty.port = busy.port
        stack.start("worker")
        time.sleep(2)
        empty.start()
        stack.wait_for("it is closed", lambda: stack.alerts("levels")[0]["cleared_at"], within_s=60)
        (alert,) = stack.alerts("levels")
        changes = [event["change"] for event in stack.get(f"/api/v1/alerts/{alert['alert_id']}")["events"]]
        assert changes.count("raised") == 1
        assert changes.count("cleared") == 1
        empty.kill()


def test_a_frozen_camera_is_an_alert_and_its_figures_are_not_believed(tmp_path: Path, plaza_server: RtspServer) -> None:
    with Stack(tmp_path, {"north": calm_camera(plaza_server.url("north"))}) as stack:
        stack.wait_for("figures", lambda: stack.region("north", "plaza").get("level") == "clear", within_s=30)
        plaza_server.freeze("north")
        (alert,) = stack.wait_for("camera-frozen", lambda: stack.alerts("camera-frozen"), within_s=20)
        assert "the same picture" in alert["because"]
        region = stack.wait_for(
            "unknown", lambda: (found := stack.region("north", "plaza")).get("level") == "unknown" and found,
            within_s=25,
        )  # fmt: skip
        assert region["reason"]
        plaza_server.thaw("north")
        stack.wait_for("cleared", lambda: stack.alerts("camera-frozen")[0]["cleared_at"], within_s=20)


def test_a_service_that_was_away_tells_what_happened_meanwhile(tmp_path: Path, plaza_server: RtspServer) -> None:
    with Stack(tmp_path, {"north": crowd_camera(plaza_server.url("north"))}) as stack:
        stack.wait_for("ready", lambda: stack.get("/readyz"), within_s=20)
        stack.kill("service")
        bus = redis.Redis.from_url(stack.redis.url)
        stack.wait_for(
            "an alert on the bus", lambda: any(bus.xlen(key) for key in bus.scan_iter("*:alerts")), within_s=40
        )
        stack.start("service")
        stack.wait_for("the alert raised meanwhile", lambda: stack.alerts("levels"), within_s=30)
        assert len(stack.alerts("levels")) == 1


def test_a_camera_that_looks_elsewhere_than_in_its_reference_picture_gives_no_density(tmp_path: Path) -> None:
    scenario = open_scenario("calm")
    view = scenario.frame(0.0).image
    turned = np.roll(view, 100, axis=1)  # as if the camera had then looked a twelfth of its width to the left
    cv2.imwrite(str(tmp_path / "calm.png"), cv2.cvtColor(turned, cv2.COLOR_RGB2BGR))
    camera = yaml.safe_load(scenario.camera().model_dump_json(exclude_none=True))
    camera |= {"source": "sim:calm", "engine_shape": [512, 288]}
    camera["ground"]["reference"] = "calm.png"
    rules = QUICK_RULES | {"camera": QUICK_RULES["camera"] | {"moved_after_s": 2}}  # type: ignore[operator]
    with Stack(tmp_path, {"calm": camera}, rules=rules) as stack:
        stack.wait_for("figures", lambda: stack.region("calm", "concourse").get("level") == "clear", within_s=40)
        (alert,) = stack.wait_for("camera-moved", lambda: stack.alerts("camera-moved"), within_s=60)
        assert "of the picture's width from its reference picture" in alert["because"]
        region = stack.wait_for(
            "withheld", lambda: (found := stack.region("calm", "concourse")).get("level") == "unknown" and found,
            within_s=20,
        )  # fmt: skip
        assert "the camera has moved" in region["reason"]
        stack.wait_for("no density", lambda: stack.region("calm", "concourse")["reading"]["quality"] == 0, within_s=10)
        assert stack.region("calm", "concourse")["reading"]["density_per_m2"] is None
        (shown,) = stack.get("/api/v1/cameras")
        assert (shown["state"], shown["faults"]) == ("moved", ["camera-moved"])
