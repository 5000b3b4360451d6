"""Whether a camera is watched by two workers at once, each for itself: the page then flips between two truths, and the
store holds both. It is so where two workers run on copies of one site file without `--share`.

A pure decision: (what was heard, now) -> a sentence or none. Workers are told apart by name and start, which is held
against others for equality only: clocks differ. Who is alive, this service's own clock says.

It is told once it stays: a worker that is started again, or one that takes over from another, is heard with the one
before for a while.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from itertools import combinations

from service.board import Facts, HeardRun
from service.clock import Instant
from service.first_few import first_few

GONE_AFTER_S = 8.0
"""So long after its last heartbeat, one that has ended is no more."""
STAYS_AFTER_S = 30.0
"""Longer than a hand-over has two at once (20 s), and the one that left is remembered."""
KNOWN_AFTER_S = GONE_AFTER_S + STAYS_AFTER_S + 5.0
"""A service that began, or hears again, for so long has told those who stay."""

FAULT = "double-watch"
"""The name of the fault on the board. It does not take the service out of readiness: that would darken the page."""

Pair = tuple[HeardRun, HeardRun]
PairKey = tuple[object, object]


@dataclass
class DoubleWatch:
    """Which workers stand in each other's way, and since when without a gap."""

    _since: dict[PairKey, Instant] = field(default_factory=dict)
    _told: str | None = None

    def sentence(self, facts: Facts, now: Instant) -> str | None:
        """What is wrong now; None while all is well. While nobody could be heard, what was said before stands."""
        if facts.bus.reachable and now.since(facts.bus.since) >= GONE_AFTER_S:
            alive = [run for run in facts.runs if now.since(run.came) < GONE_AFTER_S]
            pairs = {(one.key, other.key): (one, other) for one, other in in_each_others_way(alive)}
            self._since = {key: self._since.get(key, now) for key in pairs}
            staying = [pair for key, pair in pairs.items() if now.since(self._since[key]) >= STAYS_AFTER_S]
            self._told = tell(staying) if staying else None
        return self._told


def in_each_others_way(alive: Iterable[HeardRun]) -> list[Pair]:
    """Those who watch a camera together, or have one name: of them one that falls silent is not missed."""
    ordered = sorted(alive, key=lambda run: run.key)
    return [(one, other) for one, other in combinations(ordered, 2) if one.name == other.name or _shared(one, other)]


def tell(pairs: Sequence[Pair]) -> str:
    """One sentence for all of them: who, what, and what to do."""
    workers = first_few(sorted({_called(run) for pair in pairs for run in pair}))
    cameras = sorted({camera for pair in pairs for camera in _shared(*pair)})
    remedy = "end all but one, or divide the cameras among them with --share"
    if not cameras:
        return f"workers of one name are taken for one, and one that falls silent is not missed: {workers}; {remedy}"
    watched = f"camera {cameras[0]} is" if len(cameras) == 1 else f"cameras {first_few(cameras)} are"
    return f"{watched} watched by several workers, whose figures are mixed: {workers}; {remedy}"


def _shared(one: HeardRun, other: HeardRun) -> frozenset[str]:
    return one.cameras & other.cameras


def _called(run: HeardRun) -> str:
    return f"{run.name} (started {run.started_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC)"
