"""The dashboard's own tools: npm in its folder, and the made-up service that shows every state on request."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import httpx

REPOSITORY = Path(__file__).parents[2]
DASHBOARD = REPOSITORY / "service" / "dashboard"

ANSWERS_WITHIN_S = 30
"""On a machine that is busy with other things."""


class Feed:
    """The made-up service, `service/dashboard/dev/feed.py`, as a process of its own."""

    def __init__(self, *options: str) -> None:
        command = [sys.executable, "-m", "service.dashboard.dev.feed", "--port", "0", *options]
        self._process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()

    def tell(self, order: str) -> None:
        """Give an order, as `begin/critical` or `silence/5`."""
        httpx.post(f"{self.url}/dev/{order}", timeout=ANSWERS_WITHIN_S).raise_for_status()

    def watched(self) -> list[str]:
        """The cameras whose pictures are asked for."""
        watched: list[str] = httpx.get(f"{self.url}/dev/watched", timeout=ANSWERS_WITHIN_S).raise_for_status().json()
        return watched

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait(10)
        if self._process.stdout is not None:
            self._process.stdout.close()


def npm(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run npm in the dashboard's folder."""
    command = [shutil.which("npm") or "npm", *arguments]
    return subprocess.run(command, cwd=DASHBOARD, capture_output=True, text=True, check=False)
