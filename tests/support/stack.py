"""The whole of crushwatch as its users run it: a real Redis, worker and service as processes that may be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
import yaml

from support.ports import free_port
from support.redis_server import RedisServer

T = TypeVar("T")

QUICK_RULES = {
    "raise_after_s": {"notice": 1, "caution": 1, "alert": 1, "critical": 1},
    "clear_after_s": 3,
    "filter_window_s": 2,
    "camera": {"silent_after_s": 4, "frozen_after_s": 4, "dark_after_s": 3, "clear_after_s": 2},
}
"""The same rules with shorter dwells, so that a test takes seconds."""


def wrong_clock(ahead_s: float) -> dict[str, str]:
    """The environment of a program whose wall clock is so much ahead; skips where the machine has no libfaketime."""
    if not ahead_s:
        return {}
    libraries = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not libraries:
        pytest.skip("no libfaketime: a clock cannot be set wrong here; on Debian: apt-get install faketime")
    return {"LD_PRELOAD": str(libraries[0]), "FAKETIME": f"{ahead_s:+g}", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


class Stack:
    """One site in `folder`. `start()` brings everything up; each part can be killed and started again."""

    def __init__(
        self, folder: Path, cameras: Mapping[str, Any], *, rules: Mapping[str, Any] | None = None, **sections: Any
    ) -> None:
        self.folder = folder
        self.redis = RedisServer(folder / "redis")
        self.port = free_port()
        self.metrics_port = free_port()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        site = {
            "id": "test-site",
            "cameras": dict(cameras),
            "rules": dict(rules or QUICK_RULES),
            "bus": {"url": self.redis.url},
            "worker": {"state_dir": str(folder / "state"), "metrics_port": self.metrics_port},
            "service": {"port": self.port, "database": f"sqlite:///{folder / 'test.db'}"},
        } | sections
        self.site_file = folder / "site.yaml"
        self.site_file.write_text(yaml.safe_dump(site, sort_keys=False), encoding="utf-8")

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Stack:
        self.redis.start()
        self.start("service")
        self.start("worker")
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self._processes):
            self._end(name, signal.SIGTERM)
        self.redis.stop()

    def start(self, name: str, *, ahead_s: float = 0) -> None:
        """`worker` or `service`; what they say goes to a file of that name in the folder. Its wall clock is so much
        ahead.
        """
        log = (self.folder / f"{name}.log").open("ab")
        command = [sys.executable, "-m", "crushwatch.cli", "--log-format", "json", name, str(self.site_file)]
        self._processes[name] = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | wrong_clock(ahead_s))
        log.close()

    def kill(self, name: str) -> None:
        """As a crash."""
        self._end(name, signal.SIGKILL)

    def stop(self, name: str) -> float:
        """SIGTERM; returns how many seconds it took to end."""
        started = time.monotonic()
        self._end(name, signal.SIGTERM)
        return time.monotonic() - started

    def get(self, path: str) -> Any:
        """A JSON answer of the API, or None while the service does not answer."""
        try:
            answer = httpx.get(self.address + path, timeout=5)
            return answer.json() if answer.status_code < 500 else None
        except (httpx.HTTPError, ValueError):
            return None

    def alerts(self, rule: str, *, state: str = "all") -> list[dict[str, Any]]:
        """Alerts of that rule, newest first."""
        page = self.get(f"/api/v1/alerts?state={state}&limit=100") or {"items": []}
        return [alert for alert in page["items"] if alert["rule"] == rule]

    def region(self, camera: str, region: str) -> dict[str, Any]:
        """One region as the API has it; empty while there is none."""
        found = self.get("/api/v1/regions") or []
        return next((item for item in found if (item["camera"], item["region"]) == (camera, region)), {})

    def log(self, name: str) -> str:
        """All that a process has said."""
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def wait_for(self, what: str, look: Callable[[], T], *, within_s: float) -> T:
        """Ask `look` again and again until it gives something true; fails with the logs when it does not in time."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            found = look()
            if found:
                return found
            time.sleep(0.2)
        logs = "\n".join(f"--- {name}\n{self.log(name)[-3000:]}" for name in ("worker", "service"))
        raise AssertionError(f"not within {within_s:.0f} s: {what}\n{logs}")

    def _end(self, name: str, how: signal.Signals) -> None:
        process = self._processes.pop(name, None)
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"{name} did not end within 10 s of {how.name}") from None
