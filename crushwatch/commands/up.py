"""crushwatch up: worker and service of a site on one machine, kept running."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import typer

from crushwatch.ground import load_checked_site
from crushwatch.processes import Child, ChildGroup


def up(site: Path = typer.Argument(..., help="The site file.")) -> None:
    """Run a site: its worker and its service, each started again should it end. Redis must be there.

    Example: crushwatch up site.yaml
    """
    load_checked_site(site)
    stop = stop_on_signals()
    group = ChildGroup(
        [Child("worker", ["worker", str(site)]), Child("service", ["service", str(site)])],
    )
    group.start()
    try:
        code = group.wait(stop)
    finally:
        group.stop()
    raise typer.Exit(code)


def stop_on_signals() -> threading.Event:
    """An event that is set by Ctrl-C, SIGTERM or a terminal that is closed."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    return stop
