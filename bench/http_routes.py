"""How many requests a second do the HTTP API's main routes answer, and how fast? Asked by wrk over 16 connections.

The service of a site with so many regions, all of which are published once a second meanwhile; wrk on the same cores.

    python -m bench.http_routes [--regions 80] [--seconds 5]
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import time

from bench.machine import describe_machine
from bench.service_load import PORT, Load, publishing_all, serving

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
    "requests_per_s": re.compile(r"Requests/sec:\s+([\d.]+)"),
    "p50": re.compile(r"50%\s+([\d.]+\w+)"),
    "p99": re.compile(r"99%\s+([\d.]+\w+)"),
    "refused": re.compile(r"Non-2xx or 3xx responses: (\d+)"),
    "lost": re.compile(r"Socket errors: (.+)"),
}


def measure(regions: int, seconds: int) -> dict[str, dict[str, str]]:
    """What wrk said of each route."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed: sudo apt-get install wrk")
    load = Load(regions=regions)
    with serving(load, "http://127.0.0.1:9/") as (redis_url, _service), publishing_all(redis_url, load):
        time.sleep(FILL_S)
        return {name: ask(path, seconds) for name, path in ROUTES.items()}


def ask(path: str, seconds: int) -> dict[str, str]:
    """One route for so long."""
    url = f"http://127.0.0.1:{PORT}{path}"
    command = ["wrk", "--latency", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = {name: pattern.search(said) for name, pattern in SAID.items()}
    return {name: match[1] for name, match in found.items() if match}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.http_routes", description=__doc__)
    parser.add_argument("--regions", type=int, default=80)
    parser.add_argument("--seconds", type=int, default=5)
    options = parser.parse_args()
    print(describe_machine())
    for route, figures in measure(options.regions, options.seconds).items():
        print(f"| {route} | {' | '.join(f'{name} {value}' for name, value in figures.items())} |")
        sys.stdout.flush()
