"""Where the parts of a site lie that a backup takes and a restore puts back, and what can go wrong with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from crushwatch.errors import ASKED_WRONGLY, IN_USE, CrushwatchError
from crushwatch.regions.count_check import FOLDER as COUNT_CHECKS
from crushwatch.site import Site
from crushwatch.site.state import database_file, outbox_path, outbox_paths, references_folder


class BackupError(CrushwatchError):
    """The archive cannot be written whole, read or believed, and nothing was changed; or a restore stopped half way."""


class DamagedError(BackupError):
    """No archive of ours, or one that cannot be believed."""

    exit_code = ASKED_WRONGLY


class RunningError(BackupError):
    """Service or worker use what a restore would exchange."""

    exit_code = IN_USE


@dataclass(frozen=True)
class Places:
    """Where the parts of a site lie. `database` None: in PostgreSQL, at `url`."""

    site: Path
    url: str
    database: Path | None
    outboxes: tuple[Path, ...]
    """Of the workers that there are; of workers that share the cameras each has its own."""
    state: Path
    """The folder in which they lie."""
    references: Path
    """The folder of the reference pictures that the worker took itself."""
    named: frozenset[str] = frozenset()
    """The reference pictures that the site names, as it writes them."""

    @property
    def checks(self) -> Path:
        """The folder of the cameras' checks of counts."""
        return self.site.parent / COUNT_CHECKS

    @classmethod
    def of(cls, site: Site, path: Path) -> Places:
        """As service and worker find them; a relative database counts from the folder that the service runs in."""
        url = site.service.database.reveal()
        database = database_file(url)
        grounds = [camera.ground for camera in site.cameras.values() if camera.ground]
        named = frozenset(ground.reference for ground in grounds if ground.reference)
        outboxes = tuple(outbox_paths(path, site))
        state = outbox_path(path, site).parent
        return cls(path, url, database, outboxes, state, references_folder(path, site), named)

    def is_state(self, file: Path) -> bool:
        """Whether a file is what a worker remembers."""
        return file.parent == self.state and file.suffix == ".db"

    def outbox_of(self, part: str) -> Path:
        """Where a worker's outbox belongs, by its name in the archive."""
        return self.state / f"{Path(part).stem}.db"


def listed(paths: Iterable[Path]) -> str:
    """In a sentence."""
    return ", ".join(map(str, paths))
