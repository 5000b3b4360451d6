"""How many requests a second do the HTTP API's main routes answer, and how fast? Asked by wrk over 16 connections.

The service of a site with so many regions, all of which are published once a second meanwhile; wrk on the same cores.
`service_ms` is the service's processor time for an answer, less what it takes while nobody asks.

    python -m bench.http_routes [--regions 80] [--seconds 5] [--only metrics]
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import time

from bench.machine import describe_machine
from bench.service_load import PORT, Load, cpu_s, pid_of, publishing_all, serving

CONNECTIONS = 16
FILL_S = 20.0
ROUTES = {
    "liveness": "/healthz",
    "readiness": "/readyz",
    "page": "/",
    "site": "/api/v1/site",
    "cameras": "/api/v1/cameras",
    "one camera": "/api/v1/cameras/camera-000",
    "regions": "/api/v1/regions",
    "100 readings": "/api/v1/readings?limit=100",
    "100 readings of a region": "/api/v1/readings?camera=camera-000&region=region-0&limit=100",
    "trend of a region": "/api/v1/readings/trend?camera=camera-000&region=region-0",
    "alerts": "/api/v1/alerts",
    "metrics": "/metrics",
}
SAID = {
    "answers": re.compile(r"(\d+) requests in"),
    "requests_per_s": re.compile(r"Requests/sec:\s+([\d.]+)"),
    "p50": re.compile(r"50%\s+([\d.]+\w+)"),
    "p99": re.compile(r"99%\s+([\d.]+\w+)"),
    "refused": re.compile(r"Non-2xx or 3xx responses: (\d+)"),
    "lost": re.compile(r"Socket errors: (.+)"),
}


def measure(regions: int, seconds: int, only: str = "") -> dict[str, dict[str, str]]:
    """What wrk said of each route, or of one."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed: sudo apt-get install wrk")
    load = Load(regions=regions)
    with serving(load, "http://127.0.0.1:9/") as (redis_url, service), publishing_all(redis_url, load):
        time.sleep(FILL_S)
        pid = pid_of(service)
        at_rest = _cores(pid, FILL_S)
        return {name: ask(path, seconds, pid, at_rest) for name, path in ROUTES.items() if only in ("", name)}


def ask(path: str, seconds: int, service: int, at_rest: float) -> dict[str, str]:
    """One route for so long; service: its process, which takes `at_rest` cores while nobody asks."""
    url = f"http://127.0.0.1:{PORT}{path}"
    command = ["wrk", "--latency", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", url]
    began_s, before_s = time.monotonic(), cpu_s(service)
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    asked_s = cpu_s(service) - before_s - at_rest * (time.monotonic() - began_s)
    found = {name: pattern.search(said) for name, pattern in SAID.items()}
    figures = {name: match[1] for name, match in found.items() if match}
    return figures | {"service_ms": f"{1000 * asked_s / max(1, int(figures.pop('answers', 0))):.1f}"}


def _cores(pid: int, look_s: float) -> float:
    before_s = cpu_s(pid)
    time.sleep(look_s)
    return (cpu_s(pid) - before_s) / look_s


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.http_routes", description=__doc__)
    parser.add_argument("--regions", type=int, default=80)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--only", default="", choices=ROUTES)
    options = parser.parse_args()
    print(describe_machine())
    for route, figures in measure(options.regions, options.seconds, options.only).items():
        print(f"| {route} | {' | '.join(f'{name} {value}' for name, value in figures.items())} |")
        sys.stdout.flush()
