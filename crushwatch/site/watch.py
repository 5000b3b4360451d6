"""A site file that may change while it is in force: looked at now and then, taken up when it rests and has no fault.

A file with faults is told and changes nothing: the revision in force stays. Whether the file has changed is seen from
its size, its time and its place on the disk; so `touch site.yaml` reads the secret files it names again.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from pathlib import Path

import structlog

from crushwatch.errors import CrushwatchError
from crushwatch.site.site import Site

LOOK_EVERY_S = 1.0
"""A change is taken up at the second look at which it is the same: who is still writing is left in peace."""

Signature = tuple[int, int, int]

log = structlog.get_logger("crushwatch.site")


class Seen(enum.Enum):
    """What a look at the file found."""

    NOTHING_NEW = enum.auto()
    TAKEN = enum.auto()
    REFUSED = enum.auto()


class SiteFile:
    """`site` is what is in force, `fault` what speaks against the file on the disk. Used by one thread.

    load: reads and checks; raises SiteError with every fault. The first reading's fault is the caller's.
    """

    def __init__(self, path: Path, load: Callable[[Path], Site]) -> None:
        self.path = path
        self.fault: str | None = None
        self.taken = self.refused = 0
        self._load = load
        self._seen = self._judged = _signature(path)
        self.site = load(path)

    def look(self) -> Seen:
        """TAKEN: `site` is another one now. REFUSED: the file has changed and has faults."""
        now = _signature(self.path)
        rests, self._seen = now == self._seen, now
        if not rests or now == self._judged:
            return Seen.NOTHING_NEW
        self._judged = now
        try:
            found = self._load(self.path)
        except CrushwatchError as error:
            self._refuse(str(error))
            return Seen.REFUSED
        except Exception:  # a fault of ours: it must not end the watch by the revision before
            log.exception("a site file that cannot be judged")
            self._refuse("the program fails at this file: its log says why")
            return Seen.REFUSED
        return self._take(found)

    def go_back(self, standing: Site, reason: str) -> None:
        """What was taken could not be put to work: `standing` is in force again."""
        self.taken -= 1
        self.site = standing
        self._refuse(reason)

    def _take(self, found: Site) -> Seen:
        mended, self.fault = self.fault is not None, None
        if found == self.site:
            if mended:
                log.info("the site file has no faults any more, and nothing else has changed", revision=found.revision)
            return Seen.NOTHING_NEW
        log.info("a changed site file is taken up", revision=found.revision, was=self.site.revision)
        self.site = found
        self.taken += 1
        return Seen.TAKEN

    def _refuse(self, reason: str) -> None:
        self.fault = reason
        self.refused += 1
        log.error("the site file has faults, the revision in force stays", revision=self.site.revision, faults=reason)


def _signature(path: Path) -> Signature:
    """(0, 0, 0) while there is no file: an editor may be replacing it."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)
