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

from crushwatch.errors import ASKED_WRONGLY, IN_USE

log = structlog.get_logger("crushwatch.processes")

GRACE_S = 6.0
RESTART_PAUSES_S = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Wait before each restart; the last goes on for ever. A child that lived a minute begins at the first again."""
WORKED_AFTER_S, STARTS_WITHIN_S = 60.0, 5.0
_DEATH_SIGNAL_OPTION = 1  # PR_SET_PDEATHSIG of prctl(2)


@dataclass
class Child:
    """One command, started again whenever it ends."""

    name: str
    arguments: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0
    started_at_s: float = field(default=0.0)
    due_at_s: float | None = None
    """When it is started again, while it waits for that."""
    has_worked: bool = False
    is_left: bool = False
    """Another process does its work; it is tried again now and then, without a word."""

    def start(self) -> None:
        """Run `crushwatch ARGUMENTS` with this very Python; it dies with us, whatever kills us."""
        command = [sys.executable, "-m", "crushwatch.cli", *self.arguments]
        self.started_at_s, self.due_at_s = time.monotonic(), None
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

        A child that fails within its first seconds, or is refused before it ever worked (it was asked wrongly, or
        another process has what it needs), ends the wait: its exit code is returned. One whose work another process
        took over later waits until that one has gone, while the others go on.
        """
        deadline = None if for_s is None else time.monotonic() + for_s
        while not until.is_set() and (deadline is None or time.monotonic() < deadline):
            for child in self._children:
                code = self._look_after(child)
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

    def _look_after(self, child: Child) -> int:
        """One look, which waits for nothing: meanwhile another may end. Returns what all end with, or 0."""
        if child.due_at_s is not None:
            if time.monotonic() >= child.due_at_s:
                child.start()
            return 0
        ended_with = child.exit_code
        if ended_with is not None:
            return self._bury(child, ended_with)
        child.is_left = child.is_left and time.monotonic() - child.started_at_s < WORKED_AFTER_S
        return 0

    def _bury(self, child: Child, code: int) -> int:
        """Have it started again, leave it, or return what all end with."""
        lived_s = time.monotonic() - child.started_at_s
        child.has_worked = child.has_worked or lived_s > WORKED_AFTER_S
        if _cannot_start(child, code, lived_s):
            log.error(
                "a process cannot start, so all end: see the line before", process=child.name, ended=how_it_ended(code)
            )
            return code
        if code == IN_USE:
            return self._leave(child)
        child.restarts = 1 if lived_s > WORKED_AFTER_S else child.restarts + 1
        pause_s = RESTART_PAUSES_S[min(child.restarts, len(RESTART_PAUSES_S)) - 1]
        log.error("a process ended and is started again", process=child.name, ended=how_it_ended(code), pause_s=pause_s)
        child.due_at_s = time.monotonic() + pause_s
        return 0

    def _leave(self, child: Child) -> int:
        """Say once that another one does its work, and try again later; where that is so of all, end with that code."""
        if not child.is_left:
            log.error("a process waits, another one does its work", process=child.name)
        child.is_left, child.due_at_s = True, time.monotonic() + RESTART_PAUSES_S[-1]
        return IN_USE if all(each.is_left for each in self._children) else 0


def _cannot_start(child: Child, code: int, lived_s: float) -> bool:
    """A fault in what a person wrote or started: starting again would not mend it."""
    if child.has_worked:
        return False
    return code in (ASKED_WRONGLY, IN_USE) or (child.restarts == 0 and lived_s < STARTS_WITHIN_S and code > 0)


def how_it_ended(code: int) -> str:
    """What a process ended with, for a person; negative is the number of a signal.

    >>> how_it_ended(-9), how_it_ended(2)
    ('killed (SIGKILL)', 'exit code 2')
    """
    if code >= 0:
        return f"exit code {code}"
    known = {each.value for each in signal.Signals}
    return f"killed ({signal.Signals(-code).name if -code in known else f'signal {-code}'})"


def die_with_parent() -> None:
    """Called in a child before it runs: on Linux it is told to end when its parent dies, whatever kills that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL_OPTION, signal.SIGTERM)
