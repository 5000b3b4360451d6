"""What is wrong with a site file: where it shows, and what is allowed or to be done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from crushwatch.errors import SiteError
from crushwatch.site.part import Path_
from crushwatch.site.site import Site


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where in the file, and what is allowed."""

    line: int | None
    key: str
    text: str

    def render(self, file_name: str) -> str:
        """As a person reads it: `site.yaml:41 cameras.gate.source: ...`."""
        where = file_name if self.line is None else f"{file_name}:{self.line}"
        return f"{where} {self.key}: {self.text}" if self.key else f"{where}: {self.text}"


class SiteFaultsError(SiteError):
    """All faults of one site file."""

    def __init__(self, file_name: str, faults: Iterable[Fault]) -> None:
        self.file_name = file_name
        self.faults = tuple(faults)
        super().__init__("\n".join(fault.render(file_name) for fault in self.faults))


class Finding(NamedTuple):
    """What a later look at a site found: the part of which it is said, and the key below it where it shows."""

    part: Path_
    text: str
    shows_at: Path_ = ()


@dataclass(frozen=True)
class Look:
    """What was found in a site file.

    site:   what it says; with faults, what of it may be looked at further all the same (`sound.py`)
    faults: in the order of the file
    lines:  of every key
    """

    file_name: str
    site: Site
    faults: tuple[Fault, ...]
    lines: Mapping[Path_, int]

    def further(self, findings: Iterable[Finding]) -> Look:
        """The same with what a later look found."""
        more = (Fault(nearest_line((*part, *at), self.lines), dotted(part), text) for part, text, at in findings)
        return replace(self, faults=in_order([*self.faults, *more]))

    def whole(self) -> Site:
        """The site; raises SiteFaultsError with every fault."""
        if self.faults:
            raise SiteFaultsError(self.file_name, self.faults)
        return self.site


def in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """As the file has them."""
    return tuple(sorted(faults, key=lambda fault: (fault.line or 0, fault.key)))


def nearest_line(path: Path_, lines: Mapping[Path_, int]) -> int | None:
    """Of the key, or of what it would stand below.

    >>> nearest_line(("cameras", "gate", "source"), {(): 1, ("cameras", "gate"): 3})
    3
    """
    return next((lines[path[:end]] for end in range(len(path), -1, -1) if path[:end] in lines), None)


def dotted(path: Path_) -> str:
    """As a person reads it.

    >>> dotted(("cameras", "gate", "ground", "points", 3, "px"))
    'cameras.gate.ground.points[3].px'
    >>> dotted(("cameras", ""))
    "cameras.''"
    """
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part or repr(part)}" for part in path).lstrip(".")
