"""Part of check.py: a crowd is watched for real, by Prometheus and Alertmanager from Debian's packages.

    python deploy/watch.py PYTHON_OF_THE_SERVICE PYTHON_OF_THE_WORKER FOLDER

Redis, the service and a worker with a simulated camera run from the environments that the images would have; Prometheus
has the configuration and rules of this folder with other addresses. Then the worker is stopped, and somebody is told.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

DEPLOY = Path(__file__).parent
TOKEN = "token-of-the-check-and-of-nothing-else"  # noqa: S105  # of a service that lives for two minutes
SITE = DEPLOY / "kubernetes" / "site.yaml"


def main(service_python: str, worker_python: str, folder: Path) -> None:
    """Raises where something does not come in time."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    redis, page, metrics, prometheus, alertmanager = free_ports(5)
    shutil.copy2(SITE, folder / "site.yaml")
    (folder / "token").write_text(TOKEN)
    environment = {
        "PATH": "/usr/bin:/bin", "HOME": str(folder), "CRUSHWATCH_BUS_URL": f"redis://127.0.0.1:{redis}/0",
        "CRUSHWATCH_SERVICE_PORT": str(page), "CRUSHWATCH_METRICS_PORT": str(metrics), "CRUSHWATCH_TOKEN": TOKEN,
        "CRUSHWATCH_DATABASE_URL": f"sqlite:///{folder}/crushwatch.db", "CRUSHWATCH_LOG_FORMAT": "json",
    }  # fmt: skip
    with ExitStack() as running:
        receiver = running.enter_context(Receiver())
        write_configurations(folder, receiver.url, page, metrics, alertmanager)

        def start(name: str, *command: str) -> subprocess.Popen[bytes]:
            return running.enter_context(started(name, command, folder, environment))

        start("redis", "redis-server", "--port", str(redis), "--save", "", "--dir", str(folder))
        start("service", service_python, "-m", "crushwatch.cli", "service", "site.yaml")
        worker = start("worker", worker_python, "-m", "crushwatch.cli", "worker", "site.yaml")
        listen = "--web.listen-address=127.0.0.1:"
        start("alertmanager", "prometheus-alertmanager", "--config.file=alertmanager.yml",
              "--storage.path=alertmanager", f"{listen}{alertmanager}", "--cluster.listen-address=")  # fmt: skip
        start("prometheus", "prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=prometheus",
              f"{listen}{prometheus}")  # fmt: skip

        def asks(promql: str) -> list[Any]:
            return query(prometheus, promql)

        wait("both are scraped", lambda: len(asks('up{job=~"crushwatch-.*"} == 1')) == 2, 60)
        wait("a count of people", lambda: asks("crushwatch_region_count_people > 0"), 60)
        wait("frames analysed", lambda: asks("crushwatch_worker_frames_analysed_total > 0"), 30)
        wait("the heartbeat at its receiver", lambda: receiver.heard("dead-mans-switch", "CrushwatchHeartbeat"), 120)
        wait("nobody is woken", lambda: not receiver.told.get("on-call"), 1)
        worker.terminate()
        wait("the rule fires", lambda: asks('ALERTS{alertname="CrushwatchWorkerDown", alertstate="firing"}'), 90)
        wait("somebody is woken", lambda: receiver.heard("on-call", "CrushwatchWorkerDown"), 60)


def write_configurations(folder: Path, receiver: str, page: int, metrics: int, alertmanager: int) -> None:
    """Ours, with the addresses of this machine and with receivers that listen."""
    text = (DEPLOY / "prometheus" / "prometheus.yml").read_text()
    text = text.replace("alertmanager:9093", f"127.0.0.1:{alertmanager}").replace("service:8000", f"127.0.0.1:{page}")
    text = text.replace("/run/secrets/api_token", str(folder / "token"))
    worker = f"static_configs: [{{targets: ['127.0.0.1:{metrics}']}}]\n\n"
    text = re.sub(r"dns_sd_configs:\n(?: {6,}.*\n)+\n", worker, text)
    (folder / "prometheus.yml").write_text(text)
    shutil.copytree(DEPLOY / "prometheus" / "rules", folder / "rules")
    routes = (DEPLOY / "alertmanager" / "alertmanager.yml").read_text()
    hook = r"\1\n    webhook_configs: [{url: '" + receiver + r"/\2'}]"
    (folder / "alertmanager.yml").write_text(re.sub(r"(  - name: (\S+))", hook, routes))


class Receiver:
    """What Alertmanager's receivers are told: names of alerts by receiver."""

    def __init__(self) -> None:
        self.told: dict[str, set[str]] = {}
        told = self.told

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                message = json.loads(self.rfile.read(int(self.headers["content-length"])))
                names = {alert["labels"]["alertname"] for alert in message["alerts"] if alert["status"] == "firing"}
                told.setdefault(self.path.lstrip("/"), set()).update(names)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def heard(self, receiver: str, alert: str) -> bool:
        return alert in self.told.get(receiver, ())

    def __enter__(self) -> Receiver:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()


@contextmanager
def started(
    name: str, command: tuple[str, ...], folder: Path, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs until the end; what it says is in a file of its name."""
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)  # noqa: S603  # ours
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()


def query(port: int, promql: str) -> list[Any]:
    """The series that Prometheus finds; none while it does not answer."""
    address = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": promql})
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            found: list[Any] = json.load(answer)["data"]["result"]
            return found
    except (urllib.error.URLError, OSError, ValueError):
        return []


def wait(what: str, look: Callable[[], object], within_s: float) -> None:
    """Until `look` gives something; raises TimeoutError."""
    began = time.monotonic()
    while not look():
        if time.monotonic() - began > within_s:
            raise TimeoutError(f"not within {within_s:.0f} s: {what}; logs beside the site file")
        time.sleep(0.5)
    print(f"             - {what}: after {time.monotonic() - began:.0f} s", flush=True)


def free_ports(count: int) -> list[int]:
    """Of 127.0.0.1, all different."""
    with ExitStack() as open_:
        sockets = [open_.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]).resolve())
