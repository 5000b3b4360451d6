"""Prometheus' own opinion of our metrics."""

from __future__ import annotations

import shutil
import subprocess

import pytest


def check_metrics(text: str) -> None:
    """Fails with what `promtool check metrics` says against them; skips loudly where there is no promtool."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("NOT RUN: no promtool here; sudo apt-get install prometheus")
    checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert text.count("# TYPE") > 5
