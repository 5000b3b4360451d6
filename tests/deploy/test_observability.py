"""docs/observability.md against the programs: every metric and every log event stands there, and nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.exported import service_metrics, worker_metrics

Exported = Callable[[], dict[str, str]]
REPOSITORY = Path(__file__).parents[2]
DOCUMENT = (REPOSITORY / "docs" / "observability.md").read_text(encoding="utf-8")
LOGGERS = {"log", "self._log"}
SAID_BY = {"debug", "info", "warning", "error", "exception"}


def section(title: str) -> str:
    return DOCUMENT.split(f"## {title}\n")[1].split("\n## ")[0]


def metrics_in(title: str) -> list[str]:
    return re.findall(r"^\| `(crushwatch_\w+)`", section(title), re.MULTILINE)


@pytest.mark.parametrize(
    ("title", "exported"),
    [("Metrics of the service", service_metrics), ("Metrics of a worker", worker_metrics)],
    ids=["service", "worker"],
)
def test_every_exported_metric_is_described_and_no_other_is(title: str, exported: Exported) -> None:
    described = metrics_in(title)
    assert len(described) == len(set(described))
    assert set(described) == {name for name in exported() if name.startswith("crushwatch_")}


@pytest.mark.parametrize("exported", [service_metrics, worker_metrics], ids=["service", "worker"])
def test_names_follow_prometheus_conventions(exported: Exported) -> None:
    for name, kind in exported().items():
        assert (kind == "counter") == name.endswith("_total"), name
        assert not re.search(r"_(ms|minutes|percent|kilobytes)(_|$)", name), name
        assert kind != "histogram" or name.endswith(("_seconds", "_frames")), name


def test_every_log_event_is_described_and_every_described_one_is_logged() -> None:
    described = re.findall(r"^\| `(crushwatch[\w.]+)` \| [\w ]+ \| `([^`]+)`", section("Logs"), re.MULTILINE)
    logged = set(events())
    missing, gone = logged - {event for _, event in described}, {event for _, event in described} - logged
    assert not missing, f"add to docs/observability.md, with meaning and what to do: {sorted(missing)}"
    assert not gone, f"described and logged no more: {sorted(gone)}"


def events() -> Iterator[str]:
    """The texts given to a logger in the rooms; the science prints and does not log."""
    for room in ("crushwatch", "workers", "service"):
        for path in sorted((REPOSITORY / room).rglob("*.py")):
            if "density" in path.parts or "dashboard" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and is_log_call(node.func):
                    yield text_of(node.args[0])


def is_log_call(called: ast.expr) -> bool:
    return isinstance(called, ast.Attribute) and called.attr in SAID_BY and ast.unparse(called.value) in LOGGERS


def text_of(argument: ast.expr) -> str:
    if isinstance(argument, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in argument.values)
    return str(argument.value) if isinstance(argument, ast.Constant) else "…"
