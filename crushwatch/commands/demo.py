"""crushwatch demo: Redis, worker, service and cameras on this machine, one command, one Ctrl-C."""

from __future__ import annotations

import json
import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import typer
import yaml

from crushwatch.commands.secret import new_webhook_secret
from crushwatch.commands.up import stop_on_signals
from crushwatch.embedded_redis import EmbeddedRedis
from crushwatch.errors import PortTakenError, SiteError
from crushwatch.ground import load_checked_site
from crushwatch.processes import Child, ChildGroup
from crushwatch.simulate import open_scenario
from crushwatch.site import Camera, Site

USUAL_PORT = 8000
SIMULATED = ("gate", "calm")
SLOW_START_S = 30.0
"""Longer than a start takes, with the engine tuned for the first time."""
DRAIN_S = 3.0
"""At the end the cameras stop first; what they said is given this long to be stored and sent."""


def demo(
    port: int = typer.Option(
        0, min=0, max=65535, help="Port of the dashboard on 127.0.0.1; if left out 8000, or a free one."
    ),
    camera: list[str] = typer.Option(
        [],
        help="Watch this instead of the simulated cameras: rtsp://, http://, webcam:0, a file, sim:gate. Repeatable.",
    ),
    duration: float = typer.Option(0.0, min=0.0, help="Stop after so many seconds; 0: run until Ctrl-C."),
    as_json: bool = typer.Option(False, "--json", help="At the end one JSON object on standard output."),
) -> None:
    """Watch two simulated cameras, or your own, with everything else built in. The crowd at the gate grows dangerous.

    Example: crushwatch demo --duration 200 --json

    Example: crushwatch demo --camera 'rtsp://user:${CAMERA_PASSWORD}@10.0.0.11/stream1'
    """
    stop = stop_on_signals()
    folder = Path(tempfile.mkdtemp(prefix="crushwatch-"))
    try:
        code = _run(folder, _free_port(port), camera, duration or None, stop, as_json)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    raise typer.Exit(code)


def _run(
    folder: Path, port: int, sources: Sequence[str], duration_s: float | None, stop: threading.Event, as_json: bool
) -> int:
    control_room, redis = ControlRoom(), EmbeddedRedis(folder)
    address = f"http://127.0.0.1:{port}"
    site_file = folder / "site.yaml"
    worker = ChildGroup([Child("worker", [*_calmly(), "worker", str(site_file)])])
    service = ChildGroup([Child("service", [*_calmly(), "service", str(site_file)])])
    try:
        site_file.touch(mode=0o600)
        site_file.write_text(_site_file(folder, redis.url, port, sources, control_room.url), encoding="utf-8")
        _refuse_what_is_not_there(load_checked_site(site_file))
        control_room.start()
        redis.start()
        service.start()
        worker.start()
        announcement = threading.Thread(target=_announce, args=(address, stop), daemon=True)
        announcement.start()
        code = _watch(worker, service, stop, duration_s)
        worker.stop()
        if as_json and code == 0:
            time.sleep(DRAIN_S)
            typer.echo(json.dumps(_figures(address)))
        return code
    finally:
        stop.set()
        worker.stop()
        service.stop()
        redis.stop()
        control_room.stop()


def _calmly() -> list[str]:
    """Warnings only, so that what the control room is told stands out; unless somebody has chosen otherwise."""
    return [] if "CRUSHWATCH_LOG_LEVEL" in os.environ else ["--log-level", "WARNING"]


def _refuse_what_is_not_there(site: Site) -> None:
    """A camera on a network may come back; a file or a scenario that is not there will not."""
    for camera in site.cameras.values():
        source = camera.source.reveal()
        scheme, _, name = source.partition(":")
        if scheme == "sim":
            open_scenario(name)
        elif (scheme == "file" or not name) and not Path(source.removeprefix("file:")).exists():
            raise SiteError(f"--camera {source}: no such file")


def _watch(worker: ChildGroup, service: ChildGroup, stop: threading.Event, duration_s: float | None) -> int:
    """Both groups at once: the first that cannot go on ends the demo."""
    codes: list[int] = []

    def watch_service() -> None:
        codes.append(service.wait(stop, for_s=duration_s))
        if codes[-1]:
            stop.set()

    watcher = threading.Thread(target=watch_service)
    watcher.start()
    code = worker.wait(stop, for_s=duration_s)
    if code:
        stop.set()
    watcher.join()
    return code or codes[-1]


def _site_file(folder: Path, redis_url: str, port: int, sources: Sequence[str], control_room_url: str) -> str:
    cameras = {f"camera-{number}": {"source": _kept_out(source, number)} for number, source in enumerate(sources, 1)}
    if not cameras:
        cameras = {name: _as_configured(open_scenario(name).camera()) for name in SIMULATED}
    site = {
        "id": "demo",
        "name": "Crushwatch demo",
        "timezone": _local_zone(),
        "cameras": cameras,
        "bus": {"url": redis_url},
        "worker": {"state_dir": str(folder / "state")},
        "service": {"port": port, "database": f"sqlite:///{folder / 'crushwatch.db'}"},
        "notifications": {"control-room": {"url": control_room_url, "secret": new_webhook_secret()}},
    }
    return yaml.safe_dump(site, sort_keys=False, allow_unicode=True)


def _kept_out(source: str, number: int) -> str:
    """The source for the site file; its credentials stay in the environment, so that no file keeps them."""
    if "@" not in source or "${" in source:
        return source
    variable = f"CRUSHWATCH_DEMO_CAMERA_{number}"
    os.environ[variable] = source
    return f"${{{variable}}}"


def _as_configured(camera: Camera) -> dict[str, Any]:
    configured: dict[str, Any] = camera.model_dump(mode="json", exclude_defaults=True)
    return configured | {"source": camera.source.reveal()}


def _local_zone() -> str:
    """The machine's own time zone, from /etc/localtime; UTC where it does not say."""
    target = str(Path("/etc/localtime").resolve())
    return target.partition("zoneinfo/")[2] or "UTC"


def _free_port(wanted: int) -> int:
    """`wanted` or the usual port if nobody has it; for the usual one, the next that is free instead."""
    for port in [wanted] if wanted else range(USUAL_PORT, USUAL_PORT + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    taken = f"port {wanted} of 127.0.0.1 is" if wanted else f"ports {USUAL_PORT} to {USUAL_PORT + 99} of 127.0.0.1 are"
    raise PortTakenError(f"{taken} taken; choose another with --port")


def _announce(address: str, stop: threading.Event) -> None:
    """Say where the dashboard is, when its first figures are there, and why they are not."""
    started = time.monotonic()
    typer.echo(f"dashboard: {address}  (starting; Ctrl-C ends everything)", err=True)
    said = ""
    while not stop.is_set():
        readings = _readings_stored(address)
        waited_s = time.monotonic() - started
        if readings:
            typer.echo(f"first figures after {waited_s:.1f} s: {address}", err=True)
            return
        why = _why_no_figures(readings)
        if waited_s >= SLOW_START_S and why != said:
            typer.echo(f"no figures after {waited_s:.0f} s: {why}", err=True)
            said = why
        stop.wait(0.2)


def _readings_stored(address: str) -> int | None:
    """How many; None while the service does not answer."""
    try:
        return int(_system(address)["counters"]["readings_stored"])
    except (httpx.HTTPError, KeyError, ValueError):
        return None


def _why_no_figures(readings: int | None) -> str:
    if readings is None:
        return "the service is still starting; this machine is slow, or busy with something else"
    return "the dashboard says what each camera lacks"


def _system(address: str) -> dict[str, Any]:
    answer = httpx.get(f"{address}/api/v1/system", timeout=5)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def _figures(address: str) -> dict[str, Any]:
    system = _system(address)
    cameras = httpx.get(f"{address}/api/v1/cameras", timeout=5).json()
    counters, workers = system["counters"], system["workers"]
    return {
        "readings": counters["readings_stored"],
        "alerts_raised": counters["alerts_raised"],
        "alerts_cleared": counters["alerts_cleared"],
        "frames": sum(camera["frames_analysed"] for camera in cameras),
        "webhooks_delivered": counters["webhooks_delivered"],
        "latency_ms_p95": system["latency"]["to_store_ms"]["p95"],
        "engine": workers[0]["engine"] if workers else None,
        "model": workers[0]["model"] if workers else None,
    }


class ControlRoom:
    """The demo's receiver of webhooks: prints what a control room would be told."""

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Receiver)
        self._thread = threading.Thread(target=self._server.serve_forever, name="control-room", daemon=True)

    @property
    def url(self) -> str:
        """Where to post."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/alerts"

    def start(self) -> None:
        """Listen."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no more."""
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()


class _Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        """Take one event."""
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(204)
        self.end_headers()
        try:
            event = json.loads(body)
            data = event["data"]
            about = ", ".join(part["name"] for part in (data["camera"], data["region"]) if part)
            typer.echo(f"control room <- {event['type']}: {about}: {data.get('because', '')}", err=True)
        except (ValueError, KeyError, TypeError):
            typer.echo("control room <- something that is no event of ours", err=True)

    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""
