"""Hysteresis and dwell: the one switch that all rules are made of.

    state | condition held without a break for | next
    ------|------------------------------------|------
    off   | figure >= raise_at   for raise_s   | on
    on    | figure <  clear_below for clear_s  | off

Everything that switches a latch lives in this file. A figure between the two marks, a gap in the readings or a figure
that may not be believed breaks the run: it never switches anything by itself.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict


class State(BaseModel):
    """The base of what rules remember: frozen, and written to disk as JSON between restarts."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Latch(State):
    """On or off, and since when the figure has asked for the other."""

    on: bool = False
    asked_since: AwareDatetime | None = None
    on_since: AwareDatetime | None = None


def step(latch: Latch, *, asks: bool, dwell_s: float, now: datetime) -> Latch:
    """The latch after a figure that asks for the other state, or does not.

    >>> from datetime import UTC, timedelta
    >>> start = datetime(2022, 10, 29, 22, 0, tzinfo=UTC)
    >>> asked = step(Latch(), asks=True, dwell_s=10, now=start)
    >>> asked.on, step(asked, asks=True, dwell_s=10, now=start + timedelta(seconds=10)).on
    (False, True)
    """
    if not asks:
        return interrupted(latch)
    since = latch.asked_since
    if since is None or since > now:  # the wall clock may step back: count from here
        since = now
    if (now - since).total_seconds() < dwell_s:
        return latch if latch.asked_since == since else latch.model_copy(update={"asked_since": since})
    return Latch(on=not latch.on, on_since=None if latch.on else since)


def interrupted(latch: Latch) -> Latch:
    """The latch after a gap: it keeps its state, and any run begins anew."""
    return latch if latch.asked_since is None else latch.model_copy(update={"asked_since": None})


def hold(latch: Latch, *, reached: bool, left: bool, raise_s: float, clear_s: float, now: datetime) -> Latch:
    """The latch of a figure with two marks: `reached` for raise_s turns it on, `left` for clear_s turns it off."""
    if latch.on:
        return step(latch, asks=left, dwell_s=clear_s, now=now)
    return step(latch, asks=reached, dwell_s=raise_s, now=now)
