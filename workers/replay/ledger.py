"""What a set of rules came to over a recording: of each region, rule and level how often, from when on, how long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from crushwatch.messages import RAISED_LEVELS, SEVERITY, AlertEvent, Level

OPEN = (
    "open: the time at that level or above, all times together; a level that was passed on the way up counts as reached"
)
"""What is said under a table."""
Key = tuple[str, str, str, str]
"""Camera, region, rule, level."""


@dataclass
class Entry:
    """One level of one rule in one region. open_s: for how long it was at that level or above."""

    alerts: int = 0
    first_s: float | None = None
    open_s: float = 0.0


@dataclass
class Ledger:
    """Add the events in order of time, then close it. named: what an event said, not only passed on its way up."""

    entries: dict[Key, Entry] = field(default_factory=dict)
    named: set[Key] = field(default_factory=set)
    _standing: dict[tuple[str, str, str], tuple[Level, float]] = field(default_factory=dict)

    def add(self, at_s: float, event: AlertEvent) -> None:
        """One step in an alert's life."""
        of_whom = (event.camera, event.region or "-", event.rule)
        before, since_s = self._standing.get(of_whom, (Level.CLEAR, at_s))
        for level in RAISED_LEVELS:
            if SEVERITY[level] <= SEVERITY[before]:
                self.entries[(*of_whom, level.value)].open_s += at_s - since_s
            elif SEVERITY[level] <= SEVERITY[event.level]:
                self._begin((*of_whom, level.value), at_s)
        self._standing[of_whom] = (event.level, at_s)
        if event.level in RAISED_LEVELS:
            self.named.add((*of_whom, event.level.value))

    def close(self, at_s: float) -> None:
        """The recording ends: what still stands was open until now."""
        for of_whom, (level, since_s) in self._standing.items():
            for each in RAISED_LEVELS:
                if SEVERITY[each] <= SEVERITY[level]:
                    self.entries[(*of_whom, each.value)].open_s += at_s - since_s
        self._standing.clear()

    def _begin(self, key: Key, at_s: float) -> None:
        entry = self.entries.setdefault(key, Entry())
        entry.alerts += 1
        entry.first_s = at_s if entry.first_s is None else entry.first_s


@dataclass(frozen=True)
class Row:
    """One region, rule and level, as each of several sets of rules had it."""

    camera: str
    region: str
    rule: str
    level: str
    entries: tuple[Entry, ...]


def compared(ledgers: Sequence[Ledger]) -> list[Row]:
    """A row for whatever any of them said, the lowest level of a rule first.

    A level that one named and another only passed on its way up has an entry of both.
    """
    keys = sorted({key for ledger in ledgers for key in ledger.named}, key=_in_order)
    return [Row(*key, tuple(ledger.entries.get(key, Entry()) for ledger in ledgers)) for key in keys]


def _in_order(key: Key) -> tuple[str, str, str, int]:
    camera, region, rule, level = key
    return camera, region, rule, SEVERITY[Level(level)]


def comparison_lines(
    names: Sequence[str], rows: Sequence[Row], duration_s: float, moment_said: Callable[[float], str]
) -> list[str]:
    """A table for a person: a line a row, a column a set of rules. moment_said: seconds of the recording in words."""
    if not rows:
        return [f"neither would have alerted in {duration_s:g} s"]
    table = [["", *names], *([_said_of(row), *(_said(entry, moment_said) for entry in row.entries)] for row in rows)]
    widths = [max(len(cells[column]) for cells in table) for column in range(len(names) + 1)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip() for cells in table
    ]
    return [*lines, OPEN]


def _said_of(row: Row) -> str:
    return f"{row.camera}/{row.region} {row.rule}, {row.level}"


def _said(entry: Entry, moment_said: Callable[[float], str]) -> str:
    if entry.first_s is None:
        return "none"
    return f"{entry.alerts} from {moment_said(entry.first_s)} on, open {entry.open_s:.0f} s"
