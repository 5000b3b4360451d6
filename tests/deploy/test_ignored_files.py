"""What somebody's own site leaves in the repository's folder is not offered to git; what is delivered is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not (REPOSITORY / ".git").exists(), reason="NOT RUN: this is no git checkout")


def is_ignored(path: str) -> bool:
    return subprocess.run(["git", "check-ignore", "-q", "--no-index", path], cwd=REPOSITORY).returncode == 0


@pytest.mark.parametrize(
    "path",
    [
        "site.yaml",
        "control-room.secret",
        "deploy/site/control-room.secret",
        "count-checks/gate.json",
        "crushwatch.db.lock",
        "state/outbox.db",
    ],
)
def test_a_site_of_ones_own_is_ignored(path: str) -> None:
    assert is_ignored(path)


@pytest.mark.parametrize("path", ["site.example.yaml", "deploy/site/site.yaml", "deploy/kubernetes/site.yaml"])
def test_what_is_delivered_is_not(path: str) -> None:
    assert not is_ignored(path)
