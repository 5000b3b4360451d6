"""Commands of ours as child processes: started together, watched, ended together, never left behind."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

log = structlog.get_logger("crushwatch.processes")

GRACE_S = 6.0
RESTART_PAUSES_S = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Wait before each restart; the last goes on for ever. A child that lived a minute begins at the first again."""
_DEATH_SIGNAL_OPTION = 1  # PR_SET_PDEATHSIG of prctl(2)


@dataclass
class Child:
    """One command. Restarted for ever when `keep` is true."""

    name: str
    arguments: Sequence[str]
    keep: bool = True
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0
    started_at_s: float = field(default=0.0)

    def start(self) -> None:
        """Run `crushwatch ARGUMENTS` with this very Python; it dies with us, whatever kills us."""
        command = [sys.executable, "-m", "crushwatch.cli", *self.arguments]
        self.started_at_s = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603  # our own program, no shell
            command, start_new_session=True, preexec_fn=die_with_parent
        )

    @property
    def exit_code(self) -> int | None:
        """What it ended with; None while it runs or before it ever did."""
        return None if self.process is None else self.process.poll()


class ChildGroup:
    """Children that live and end together."""

    def __init__(self, children: Sequence[Child]) -> None:
        self._children = children
        self._stopping = threading.Event()

    def start(self) -> None:
        """Start all."""
        for child in self._children:
            child.start()

    def wait(self, until: threading.Event, *, for_s: float | None = None) -> int:
        """Watch until `until` is set or `for_s` seconds are over. A child that ends is started again.

        A child that fails within its first seconds, before it ever worked, ends the wait: its exit code is returned.
        """
        deadline = None if for_s is None else time.monotonic() + for_s
        while not until.is_set() and (deadline is None or time.monotonic() < deadline):
            for child in self._children:
                ended_with = child.exit_code
                if ended_with is not None:
                    code = self._bury(child, ended_with, until)
                    if code:
                        return code
            until.wait(0.1)
        return 0

    def stop(self) -> None:
        """SIGTERM to all, then SIGKILL to what is left after the grace period."""
        running = [child.process for child in self._children if child.process and child.process.poll() is None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_S
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _bury(self, child: Child, code: int, until: threading.Event) -> int:
        lived_s = time.monotonic() - child.started_at_s
        if not child.keep or (child.restarts == 0 and lived_s < 5 and code > 0):
            return code or 1  # it never worked: a fault in what a person wrote, and starting again would not mend it
        child.restarts = 1 if lived_s > 60 else child.restarts + 1
        pause_s = RESTART_PAUSES_S[min(child.restarts, len(RESTART_PAUSES_S)) - 1]
        log.error("a process ended and is started again", process=child.name, exit_code=code, pause_s=pause_s)
        until.wait(pause_s)
        child.start()
        return 0


def die_with_parent() -> None:
    """Called in a child before it runs: on Linux it is told to end when its parent dies, whatever kills that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL_OPTION, signal.SIGTERM)
