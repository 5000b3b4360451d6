"""Does one service bear a large site: 2,000 regions once a second, 200 dashboards, 1,000 alerts in a burst?

Redis, the service, the publisher and the dashboards are processes of their own, all on this machine; what each takes
of the processor is in the answer. Then 1,000 alerts come at once, posted to a receiver that fails every third time.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
import yaml
from redis import Redis

from bench import browsers, publisher
from bench.machine import describe_machine
from bench.receiver import FailingReceiver
from crushwatch.bus import open_bus
from crushwatch.embedded_redis import EmbeddedRedis
from crushwatch.processes import Child, ChildGroup

SITE = "large"
PORT = 8462
REGIONS_A_CAMERA = 8
ALERTS = 1000
WARM_UP_S = 15.0
SCRAPE_EVERY_S = 15.0
LOOK_EVERY_S = 5.0
SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


@dataclass(frozen=True)
class Load:
    """How much."""

    regions: int = 2000
    dashboards: int = 200
    alerts: int = ALERTS
    seconds: float = 180.0


def measure(*, quick: bool, load: Load | None = None) -> dict[str, float | None]:
    """Milliseconds from bus to browser, memory, processor, and what became of the alerts."""
    load = load or Load(seconds=60.0 if quick else 180.0)
    receiver = FailingReceiver()
    try:
        with (
            serving(load, receiver.url) as (redis_url, service),
            publishing_all(redis_url, load) as publishing,
            _listening(load.dashboards) as listening,
        ):
            processes: dict[str, Child | _Apart] = {
                "service": service,
                "publisher": publishing,
                "dashboards": listening,
            }
            pids = {who: pid_of(part) for who, part in processes.items()} | {"redis": _redis_pid(redis_url)}
            return _steady(pids, listening, publishing, load) | _burst(redis_url, receiver, load)
    finally:
        receiver.stop()


@contextmanager
def serving(load: Load, webhook: str) -> Iterator[tuple[str, Child]]:
    """Redis and the service of a site of that size, each a process; Redis' address, and the service once it answers."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        redis = EmbeddedRedis(folder).start()
        service = Child("service", ["service", str(_write_site(folder, load, webhook))])
        group = ChildGroup([service])
        group.start()
        try:
            _until_it_answers()
            yield redis.url, service
        finally:
            group.stop()
            redis.stop()


def _write_site(folder: Path, load: Load, webhook: str) -> Path:
    region = {"polygon_px": [[0, 0], [1280, 0], [1280, 720], [0, 720]], "area_m2": 80}
    regions = {f"region-{number}": region for number in range(REGIONS_A_CAMERA)}
    camera = {"source": "sim:calm", "analysis_rate_hz": 1, "picture_size_px": [1280, 720], "regions": regions}
    site = {
        "id": SITE,
        "cameras": {f"camera-{number:03}": camera for number in range(load.regions // REGIONS_A_CAMERA)},
        "bus": {"url": f"unix://{folder / 'redis.sock'}"},
        "service": {"port": PORT, "database": f"sqlite:///{folder / 'bench.db'}"},
        "notifications": {"desk": {"type": "webhook", "url": webhook, "secret": SECRET}},
    }
    path = folder / "site.yaml"
    path.write_text(yaml.safe_dump(site), encoding="utf-8")
    return path


def _until_it_answers() -> None:
    deadline_s = time.monotonic() + 60
    while time.monotonic() < deadline_s:
        try:
            httpx.get(f"http://127.0.0.1:{PORT}/healthz")
            return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise RuntimeError("the service did not start: its log says why")


class _Apart:
    """A function in a process of its own, with a pipe to it."""

    def __init__(self, run: Callable[..., None], *arguments: object) -> None:
        spawning = multiprocessing.get_context("spawn")
        self.pipe, theirs = spawning.Pipe()
        self.process = spawning.Process(target=run, args=(*arguments, theirs), daemon=True)
        self.process.start()

    def __enter__(self) -> _Apart:
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.terminate()
        self.process.join(5)


@contextmanager
def publishing_all(redis_url: str, load: Load) -> Iterator[_Apart]:
    """A process that publishes a reading a second of each region."""
    with _Apart(_publish, redis_url, load) as publishing:
        time.sleep(2)
        yield publishing


@contextmanager
def _listening(dashboards: int) -> Iterator[_Apart]:
    with _Apart(browsers.listen, f"ws://127.0.0.1:{PORT}/api/v1/live", dashboards) as listening:
        if not listening.pipe.poll(180):
            raise RuntimeError("the dashboards did not all get their snapshot within three minutes")
        listening.pipe.recv()
        yield listening


def _publish(redis_url: str, load: Load, pipe: Connection) -> None:
    bus = open_bus(redis_url, SITE)
    stopping, behind = threading.Event(), list[float]()
    arguments = (bus, SITE, load.regions // REGIONS_A_CAMERA, REGIONS_A_CAMERA, stopping, behind)
    threading.Thread(target=publisher.publish_until, args=arguments, daemon=True).start()
    while True:
        pipe.recv()
        pipe.send(max(behind, default=0.0))
        behind.clear()


def _steady(pids: dict[str, int], listening: _Apart, publishing: _Apart, load: Load) -> dict[str, float | None]:
    time.sleep(WARM_UP_S)
    _ask(publishing)
    stored = _system()["counters"]["readings_stored"]
    listening.pipe.send("measure")
    used = {who: cpu_s(pid) for who, pid in pids.items()}
    began_s = time.monotonic()
    memory_mb = _watch_memory(pids["service"], load.seconds)
    took_s = time.monotonic() - began_s
    cpu = {f"{who}_cores": round((cpu_s(pid) - used[who]) / took_s, 2) for who, pid in pids.items()}
    system = _system()
    listening.pipe.send("end")
    heard: browsers.Heard = listening.pipe.recv()
    return {
        "bus_to_browser_ms_p50": heard.percentile_ms(0.5),
        "bus_to_browser_ms_p95": heard.percentile_ms(0.95),
        "bus_to_browser_ms_p99": heard.percentile_ms(0.99),
        "bus_to_browser_ms_max": heard.oldest_ms,
        "figures_a_second_a_dashboard": round(heard.figures / took_s / load.dashboards, 1),
        "messages_a_second_a_dashboard": round(heard.messages / took_s / load.dashboards, 1),
        "kilobytes_a_second_a_dashboard": round(heard.bytes_on_the_wire / took_s / load.dashboards / 1000, 1),
        "snapshot_s_median": round(float(np.median(heard.snapshot_s)), 2),
        "snapshot_s_max": round(max(heard.snapshot_s), 2),
        "longest_tick_gap_s": round(heard.longest_tick_gap_s, 2),
        "dashboards_lost": heard.lost,
        "readings_stored_a_second": round((system["counters"]["readings_stored"] - stored) / took_s, 1),
        "backlog_messages": system["bus"]["backlog_messages"],
        "publisher_late_s_max": round(_ask(publishing), 2),
        "measured_s": round(took_s),
        "service_memory_mb": memory_mb[-1],
        "service_memory_mb_first": memory_mb[0],
        "service_memory_mb_a_minute": round(_slope(memory_mb) * 60 / LOOK_EVERY_S, 2),
        **cpu,
    }


def _watch_memory(pid: int, seconds: float) -> list[float]:
    """Megabytes every five seconds; meanwhile Prometheus reads the metrics every fifteen."""
    found: list[float] = []
    began_s = time.monotonic()
    while (passed_s := time.monotonic() - began_s) < seconds:
        found.append(round(psutil.Process(pid).memory_info().rss / 1e6, 1))
        if len(found) % round(SCRAPE_EVERY_S / LOOK_EVERY_S) == 0:
            httpx.get(f"http://127.0.0.1:{PORT}/metrics", timeout=30).raise_for_status()
        time.sleep(max(0.0, LOOK_EVERY_S - (time.monotonic() - began_s - passed_s)))
    return found


def _burst(redis_url: str, receiver: FailingReceiver, load: Load) -> dict[str, float | None]:
    """All alerts in one call, while the figures go on."""
    began_s = time.monotonic()
    open_bus(redis_url, SITE).publish("alerts", publisher.alerts(SITE, load.alerts, REGIONS_A_CAMERA))
    stored_s = _seconds_until(lambda: _stored_alerts() >= load.alerts, began_s)
    delivered_s = _seconds_until(lambda: len(receiver.taken) >= load.alerts, began_s)
    time.sleep(3)
    return {
        "alerts_stored": _stored_alerts(),
        "alerts_stored_after_s": stored_s,
        "alerts_delivered": len(receiver.taken),
        "alerts_delivered_after_s": delivered_s,
        "alerts_delivered_twice": sum(times > 1 for times in receiver.taken.values()),
        "webhook_posts": receiver.asked,
    }


def _stored_alerts() -> int:
    found = 0
    cursor: str | None = None
    while True:
        query = {"state": "all", "limit": "500"} | ({"cursor": cursor} if cursor else {})
        page: dict[str, Any] = httpx.get(f"http://127.0.0.1:{PORT}/api/v1/alerts", params=query, timeout=30).json()
        found += sum(alert["rule"] == "levels" for alert in page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def _seconds_until(holds: Callable[[], bool], began_s: float, within_s: float = 180.0) -> float | None:
    while time.monotonic() - began_s < within_s:
        if holds():
            return round(time.monotonic() - began_s, 1)
        time.sleep(0.5)
    return None


def _system() -> dict[str, Any]:
    answer: dict[str, Any] = httpx.get(f"http://127.0.0.1:{PORT}/api/v1/system", timeout=30).json()
    return answer


def _ask(publishing: _Apart) -> float:
    publishing.pipe.send("how late?")
    late_s: float = publishing.pipe.recv()
    return late_s


def _redis_pid(url: str) -> int:
    with Redis.from_url(url) as client:
        pid: int = client.info("server")["process_id"]
        return pid


def pid_of(part: Child | _Apart) -> int:
    """Of a process of the measurement."""
    running = part.process
    if running is None or running.pid is None:
        raise RuntimeError("a process of the measurement does not run")
    return running.pid


def cpu_s(pid: int) -> float:
    """Processor time of that process so far."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def _slope(values: list[float]) -> float:
    return float(np.polyfit(np.arange(len(values)), values, 1)[0]) if len(values) > 1 else 0.0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.service_load", description=__doc__)
    parser.add_argument("--regions", type=int, default=2000)
    parser.add_argument("--dashboards", type=int, default=200)
    parser.add_argument("--alerts", type=int, default=ALERTS)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    print(describe_machine())
    asked = Load(options.regions, options.dashboards, options.alerts, options.seconds)
    print(json.dumps(measure(quick=True, load=asked), indent=1))
