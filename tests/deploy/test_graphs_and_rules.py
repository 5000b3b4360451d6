"""Every expression of the dashboards and rules is PromQL, and asks for what worker or service really export."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.exported import series_names

DEPLOY = Path(__file__).parents[2] / "deploy"
DASHBOARDS = sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))
RULES = sorted((DEPLOY / "prometheus" / "rules").glob("*.yml"))
NAME = re.compile(r"\b(?:crushwatch|process|python|scrape)_\w+|\bup\b")


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"NOT RUN: no {name} here; sudo apt-get install prometheus prometheus-alertmanager")
    return found


def run(*command: str | Path) -> None:
    ended = subprocess.run([*map(str, command)], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def panels() -> list[dict[str, Any]]:
    return [panel for path in DASHBOARDS for panel in json.loads(path.read_text())["panels"]]


def dashboard_expressions() -> list[str]:
    found = [target["expr"] for panel in panels() for target in panel.get("targets", ())]
    for path in DASHBOARDS:
        content = json.loads(path.read_text())
        found += [mark["expr"] for mark in content["annotations"]["list"]]
        found += [re.sub(r"label_values\((.*), \w+\)", r"\1", one["query"]["query"])
                  for one in content["templating"]["list"]]  # fmt: skip
    return [expr.replace("$__rate_interval", "1m") for expr in found]


def rule_expressions() -> list[str]:
    return [rule["expr"] for path in RULES for group in yaml.safe_load(path.read_text())["groups"]
            for rule in group["rules"]]  # fmt: skip


def test_every_expression_of_the_dashboards_is_promql(tmp_path: Path) -> None:
    expressions = dashboard_expressions()
    assert len(expressions) > 40
    rules = [{"record": f"asked:{number}", "expr": expr} for number, expr in enumerate(expressions)]
    path = tmp_path / "asked.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": rules}]}))
    run(tool("promtool"), "check", "rules", path)


@pytest.mark.parametrize("expressions", [dashboard_expressions, rule_expressions], ids=["dashboards", "rules"])
def test_every_expression_names_metrics_that_the_programs_export(expressions: Any) -> None:
    exported = series_names()
    for expr in expressions():
        named = set(NAME.findall(expr))
        assert named or expr == "vector(1)", expr
        assert named <= exported, f"{expr}: not exported: {sorted(named - exported)}"


def test_every_described_metric_of_the_crowd_and_the_engines_is_on_a_dashboard() -> None:
    shown = set().union(*(NAME.findall(expr) for expr in dashboard_expressions()))
    unseen = {"crushwatch_site_file_valid", "crushwatch_worker_site_file_valid", "crushwatch_worker_camera_up",
              "crushwatch_site_reloads_total", "crushwatch_worker_site_reloads_total"}  # fmt: skip
    asked = {re.sub(r"_(bucket|sum|count)$", "", name) for name in shown}
    exported = {re.sub(r"_(bucket|sum|count)$", "", name) for name in series_names() if name.startswith("crushwatch_")}
    assert exported - asked == unseen  # alerts tell of these


def test_the_dashboards_are_what_their_script_makes() -> None:
    made = runpy.run_path(str(DEPLOY / "grafana" / "make_dashboards.py"))["texts"]()
    assert made == {path.name: path.read_text() for path in DASHBOARDS}, "run: python deploy/grafana/make_dashboards.py"


def test_every_graph_says_what_it_shows() -> None:
    for panel in panels():
        assert panel["type"] == "row" or panel["description"].endswith("."), panel["title"]


def test_the_rules_hold_in_their_unit_tests() -> None:
    run(tool("promtool"), "check", "config", "--syntax-only", DEPLOY / "prometheus" / "prometheus.yml")
    run(tool("promtool"), "test", "rules", *sorted((DEPLOY / "prometheus" / "tests").glob("*.yml")))


def test_every_rule_has_a_severity_a_sentence_and_a_page_of_the_guide() -> None:
    guide = (DEPLOY.parent / "docs" / "operating.md").read_text()
    for path in RULES:
        for group in yaml.safe_load(path.read_text())["groups"]:
            for rule in group["rules"]:
                assert rule["labels"]["severity"] in ("page", "ticket", "heartbeat")
                assert rule["annotations"]["summary"]
                assert rule["annotations"]["description"]
                assert f"`{rule['alert']}`" in guide, f"{rule['alert']} is not in docs/operating.md"


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [("severity=page", "on-call"), ("severity=ticket", "engineers"), ("severity=heartbeat", "dead-mans-switch")],
    ids=["page", "ticket", "heartbeat"],
)
def test_alertmanager_sends_each_severity_to_its_receiver(labels: str, receiver: str) -> None:
    file = DEPLOY / "alertmanager" / "alertmanager.yml"
    run(tool("amtool"), "check-config", file)
    run(tool("amtool"), "config", "routes", "test", f"--config.file={file}", f"--verify.receivers={receiver}", labels)


def test_inhibitions_name_alerts_that_there_are() -> None:
    known = {rule["alert"] for path in RULES for group in yaml.safe_load(path.read_text())["groups"]
             for rule in group["rules"]}  # fmt: skip
    text = (DEPLOY / "alertmanager" / "alertmanager.yml").read_text()
    assert set(re.findall(r"Crushwatch\w+", text)) <= known
