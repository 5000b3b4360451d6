"""How long something lasts, by a clock that only runs."""

from __future__ import annotations

from datetime import UTC, datetime


def steadily(monotonic_s: float) -> datetime:
    """A moment of the monotonic clock in the form of one of the wall clock's, which may be set meanwhile. It says how
    long after another such moment it was, never when.
    """
    return datetime.fromtimestamp(monotonic_s, UTC)
