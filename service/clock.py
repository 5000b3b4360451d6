"""A moment on both clocks: the wall's for people, the monotonic one for ages."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True)
class Instant:
    """One moment. The wall clock may be set; the monotonic one only runs."""

    wall: datetime
    monotonic_s: float

    def since(self, earlier: Instant) -> float:
        """Seconds from an earlier moment to this one, on the monotonic clock."""
        return self.monotonic_s - earlier.monotonic_s

    def later(self, seconds: float) -> Instant:
        """The moment so many seconds on."""
        return Instant(self.wall + timedelta(seconds=seconds), self.monotonic_s + seconds)


def now() -> Instant:
    """This moment."""
    return Instant(datetime.now(UTC), time.monotonic())
