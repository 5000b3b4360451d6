"""The workers' commands; the command line finds them by entry point."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import typer

from crushwatch.errors import SiteError
from crushwatch.ground import ground_faults
from crushwatch.site import load_site


def worker(site: Path = typer.Argument(..., help="The site file.")) -> None:
    """Watch the cameras of a site: count, measure, judge, publish. Runs until Ctrl-C or SIGTERM.

    Example: crushwatch worker site.yaml
    """
    from workers.run import run_worker

    loaded = load_site(site)
    faults = ground_faults(loaded)
    if faults:
        raise SiteError("\n".join(f"{site} {fault}" for fault in faults))
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    run_worker(loaded, site.parent, stop)
