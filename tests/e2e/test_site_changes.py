"""The site file changes while everything runs: taken up without a restart, or refused and told."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from support.crowd_camera import crowd_camera
from support.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


def change(stack: Stack, edit: Callable[[dict[str, Any]], object]) -> None:
    site = yaml.safe_load(stack.site_file.read_text())
    edit(site)
    stack.site_file.write_text(yaml.safe_dump(site, sort_keys=False))


def metrics(stack: Stack) -> str:
    pages = (f"{stack.address}/metrics", f"http://127.0.0.1:{stack.metrics_port}/metrics")
    return "\n".join(httpx.get(page, timeout=5).text for page in pages)


def value(stack: Stack, series: str) -> float:
    try:
        found = re.search(rf"^{re.escape(series)} (\S+)$", metrics(stack), re.MULTILINE)
    except httpx.HTTPError:
        return float("nan")
    return float(found[1]) if found else float("nan")


def test_a_camera_is_added_and_taken_away_and_a_faulty_file_changes_nothing(tmp_path: Path, empty_clip: Path) -> None:
    camera = crowd_camera(str(empty_clip))
    with Stack(tmp_path, {"north": camera}) as stack:
        stack.wait_for("figures of north", lambda: stack.region("north", "plaza").get("reading"), within_s=40)
        processes = {name: process.pid for name, process in stack._processes.items()}

        change(stack, lambda site: site.update(revision=2, cameras={"north": camera, "south": camera}))
        stack.wait_for("figures of south", lambda: stack.region("south", "plaza").get("reading"), within_s=40)
        for program in ("", "worker_"):
            assert value(stack, f"crushwatch_{program}site_revision") == 2
            assert value(stack, f'crushwatch_{program}site_reloads_total{{result="taken"}}') == 1

        change(stack, lambda site: site.update(revision=3, cameras={"south": camera}))
        stack.wait_for("revision 3", lambda: value(stack, "crushwatch_worker_site_revision") == 3, within_s=20)
        stack.wait_for("revision 3", lambda: value(stack, "crushwatch_site_revision") == 3, within_s=20)
        stack.wait_for("figures of south", lambda: stack.region("south", "plaza").get("reading"), within_s=20)
        assert 'camera="south"' in metrics(stack)
        assert 'camera="north"' not in metrics(stack)

        change(stack, lambda site: site.update(revision=4, rules={"hysteresis": 9}))
        for program in ("", "worker_"):
            refused = f"crushwatch_{program}site_file_valid"
            stack.wait_for("the refusal", lambda series=refused: value(stack, series) == 0, within_s=20)
        assert value(stack, "crushwatch_worker_site_revision") == 3
        assert "rules.hysteresis" in stack.log("worker")
        assert "rules.hysteresis" in stack.log("service")
        assert any("rules.hysteresis" in fault for fault in stack.get("/api/v1/system")["faults"])
        assert httpx.get(f"{stack.address}/readyz").status_code == 200
        assert httpx.get(f"http://127.0.0.1:{stack.metrics_port}/healthz").status_code == 200

        change(stack, lambda site: site.update(revision=5, rules={"hysteresis": 0.2}))
        stack.wait_for("revision 5", lambda: value(stack, "crushwatch_site_revision") == 5, within_s=20)
        stack.wait_for("revision 5", lambda: value(stack, "crushwatch_worker_site_revision") == 5, within_s=20)
        assert value(stack, "crushwatch_site_file_valid") == 1
        assert stack.get("/api/v1/system")["faults"] == []
        assert {name: process.pid for name, process in stack._processes.items()} == processes
        assert all(process.poll() is None for process in stack._processes.values())
