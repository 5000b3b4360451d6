"""The Compose file and the container files, as far as they can be judged without an engine."""

from __future__ import annotations

import ast
import os
import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from crushwatch.site import load_site
from crushwatch.site.placement import PLACES

REPOSITORY = Path(__file__).parents[2]
DEPLOY = REPOSITORY / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
FILES = {name: (DEPLOY / f"{name}.Dockerfile").read_text() for name in ("service", "worker-cpu", "worker-gpu")}
ONCE = {"secrets", "demo-clips"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_is_hardened_and_bounded(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}
    assert service["restart"] == ("no" if name in ONCE else "unless-stopped")
    ours = str(service["image"]).startswith("crushwatch/")
    assert ours or service["user"].split(":")[0] != "0"
    assert ours or not str(service["image"]).endswith(":latest")


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ONCE - {"mediamtx"}))
def test_every_service_that_stays_is_watched(name: str) -> None:
    service = SERVICES[name]
    if "build" in service:
        assert "\nHEALTHCHECK " in (REPOSITORY / service["build"]["dockerfile"]).read_text()
    else:
        assert service["healthcheck"]["test"]


def test_only_the_dashboard_is_published_and_grafana_when_asked_for() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(published) == {"service", "grafana"}
    assert SERVICES["grafana"]["profiles"] == ["grafana"]
    assert all(port.startswith("${") and ":-127.0.0.1}" in port for ports in published.values() for port in ports)
    assert COMPOSE["networks"]["bus"] == COMPOSE["networks"]["observe"] == {"internal": True}
    assert SERVICES["redis"]["networks"] == ["bus"]


def test_no_secret_stands_in_the_environment() -> None:
    for service in SERVICES.values():
        for variable, value in (service.get("environment") or {}).items():
            assert not re.search(r"PASSWORD|TOKEN|SECRET", variable) or str(value).startswith("/run/secrets/")


def test_what_the_containers_set_is_what_the_site_file_can_be_told() -> None:
    known = {name for place in PLACES for name in (place, f"{place}_FILE")}
    known |= {"CRUSHWATCH_LOG_LEVEL", "CRUSHWATCH_LOG_FORMAT", "CRUSHWATCH_TRACE_SHARE", "CRUSHWATCH_SHARE"}
    variables = {name for service in SERVICES.values() for name in service.get("environment") or ()
                 if name.startswith("CRUSHWATCH_")}  # fmt: skip
    for text in FILES.values():
        variables |= set(re.findall(r"\b(CRUSHWATCH_[A-Z_]+)=", text))
    assert variables <= known


def test_every_variable_of_the_compose_file_is_explained_in_the_example() -> None:
    example = (REPOSITORY / ".env.example").read_text()
    used = set(re.findall(r"(?<!\$)\$\{(\w+)", (REPOSITORY / "docker-compose.yml").read_text()))
    explained = set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    assert explained == used | {"COMPOSE_PROFILES"}


def test_the_wheel_is_built_by_the_same_steps_in_all_container_files() -> None:
    steps = {text[text.index("FROM ${NODE} AS dashboard") : text.index(" AS installed")].rsplit("FROM", 1)[0]
             for text in FILES.values()}  # fmt: skip
    assert len(steps) == 1


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_container_file_pins_its_bases_and_runs_as_nobody_special(name: str) -> None:
    text = FILES[name]
    bases = re.findall(r"^ARG \w+=(\S+:\S+)$", text, re.MULTILINE)
    assert len(bases) >= 2
    assert all(re.search(r":\d+\.\d+", base) for base in bases)
    assert "\nUSER 10001:10001\n" in text
    assert "--require-hashes" in text


@pytest.mark.parametrize("name", [*sorted(FILES), "build"])
def test_every_locked_dependency_has_its_hashes(name: str) -> None:
    lock = (DEPLOY / "requirements" / f"{name}.txt").read_text()
    entries = re.split(r"\n(?=[a-z0-9])", lock.strip())
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)
    asked = {plain(line) for line in (DEPLOY / "requirements" / f"{name}.in").read_text().splitlines()
             if line and not line.startswith("#")}  # fmt: skip
    assert asked <= {plain(entry) for entry in entries}


def test_the_images_together_have_every_dependency_of_the_project() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    locked = {plain(line) for name in ("service", "worker-cpu")
              for line in (DEPLOY / "requirements" / f"{name}.txt").read_text().splitlines()
              if "==" in line}  # fmt: skip
    assert {plain(line) for line in project["dependencies"]} <= locked


def test_the_gpu_image_has_what_its_engine_imports_and_the_engine_that_takes_over_from_a_lost_gpu() -> None:
    imported = set()
    for name in ("tensorrt", "tensorrt_build", "half", "cuda", "steady", "openvino", "no_telemetry"):
        for node in ast.walk(ast.parse((REPOSITORY / "workers" / "infer" / f"{name}.py").read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
            elif isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
    foreign = imported - set(sys.stdlib_module_names) - {"crushwatch", "workers"}
    assert {"onnx", "openvino", "cuda"} <= foreign
    asked = {plain(line) for line in (DEPLOY / "requirements" / "worker-gpu.in").read_text().splitlines()}
    assert {"cuda-python" if name == "cuda" else name for name in foreign} <= asked


def plain(requirement: str) -> str:
    return re.split(r"[\[=<>! ;]", requirement)[0].lower()


def test_the_demo_sites_are_what_their_script_makes_and_have_no_fault() -> None:
    made = runpy.run_path(str(DEPLOY / "demo_site.py"))
    for name in made["FILES"]:
        assert made["demo_site"](name) == (DEPLOY / name).read_text(), "run: python deploy/demo_site.py"
        assert set(load_site(DEPLOY / name, {}).cameras) == {"gate", "calm"}


def test_the_demo_cameras_are_what_the_rtsp_server_gives() -> None:
    site = load_site(DEPLOY / "site" / "site.yaml", {})
    paths = yaml.safe_load((DEPLOY / "mediamtx" / "mediamtx.yml").read_text())["paths"]
    sources = {camera.source.reveal() for camera in site.cameras.values()}
    assert sources == {f"rtsp://mediamtx:8554/{path}" for path in paths}


def test_the_passwords_are_made_once_and_kept(tmp_path: Path) -> None:
    script = SERVICES["secrets"]["command"][0].replace("$$", "$").replace("/run/secrets", str(tmp_path))
    for _ in range(2):
        subprocess.run(["sh", "-c", script], check=True, env={"PATH": os.environ["PATH"]})
        made = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert set(made) == {"dashboard_password", "api_token", "grafana_password"}
    assert len(set(made.values())) == 3
    assert all(len(secret.strip()) >= 20 for secret in made.values())
    subprocess.run(["sh", "-c", script], check=True, env={"PATH": os.environ["PATH"]})
    assert made == {path.name: path.read_text() for path in tmp_path.iterdir()}
