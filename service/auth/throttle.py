"""How often a password may be guessed: a few times a minute from one address, some more from all together."""

from __future__ import annotations

import threading
from collections import deque

WINDOW_S = 60.0
FAILURES_EACH = 5
FAILURES_ALL = 100


class Throttle:
    """Remembers the failures of the last minute. Thread-safe; the clock is an argument."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: deque[tuple[float, str]] = deque()

    def wait_s(self, address: str, now_s: float) -> float:
        """Seconds to wait before the next guess; 0: go on."""
        with self._lock:
            self._forget(now_s)
            own = [at_s for at_s, who in self._failures if who == address]
            waits = [own[-FAILURES_EACH]] if len(own) >= FAILURES_EACH else []
            waits += [self._failures[-FAILURES_ALL][0]] if len(self._failures) >= FAILURES_ALL else []
            return max((at_s + WINDOW_S - now_s for at_s in waits), default=0.0)

    def failed(self, address: str, now_s: float) -> None:
        """A wrong guess."""
        with self._lock:
            self._forget(now_s)
            self._failures.append((now_s, address))

    def _forget(self, now_s: float) -> None:
        while self._failures and now_s - self._failures[0][0] >= WINDOW_S:
            self._failures.popleft()
