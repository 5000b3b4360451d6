"""Waiting for what must come, with a limit."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(what: str, look: Callable[[], T], *, within_s: float = 10.0) -> T:
    """Ask `look` again and again until it gives something true; fails when it does not in time."""
    deadline = time.monotonic() + within_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_s:.0f} s: {what}; last: {found!r}")
        time.sleep(0.02)
