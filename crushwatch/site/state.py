"""What stays on disk: the service's database; in a worker's folder alerts, the state of rules, reference pictures."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from crushwatch.site.share import Share
from crushwatch.site.site import Site

OUTBOX_NAME = re.compile(r"outbox(-\d{1,4})?")
"""Without its suffix."""
_DATABASE_URL = re.compile(r"(?P<kind>\w+)(\+\w+)?://")


def database_file(url: str) -> Path | None:
    """The file of a SQLite database by its SQLAlchemy URL; None for another, or one that is in memory only.

    >>> database_file("sqlite:///crushwatch.db?timeout=5")
    PosixPath('crushwatch.db')
    """
    parts = urlsplit(url, allow_fragments=False)
    name = parts.path[1:] if parts.scheme.partition("+")[0] == "sqlite" else ""
    return None if name in ("", ":memory:") else Path(name)


def database_fault(url: str) -> str | None:
    """Why the service cannot keep anything there; never repeats more of the URL than its beginning.

    >>> database_fault("mysql://user:secret@host/crowd")
    'mysql is not known; sqlite and postgresql are'
    >>> database_fault("sqlite:///crushwatch.db")
    """
    beginning = _DATABASE_URL.match(url)
    if beginning is None:
        return "no database URL; write sqlite:///FILE or postgresql+psycopg://..."
    kind = beginning["kind"]
    if kind not in ("sqlite", "postgresql"):
        return f"{kind} is not known; sqlite and postgresql are"
    if kind == "sqlite" and database_file(url) is None:
        return "a database in memory forgets its alerts; give a file: sqlite:///FILE"
    return None


def outbox_path(site_file: Path, site: Site, share: Share | None = None) -> Path:
    """Workers that share the cameras may share the folder: each has its own."""
    return _state_folder(site_file, site) / ("outbox.db" if share is None else f"outbox-{share.index}.db")


def outbox_paths(site_file: Path, site: Site) -> list[Path]:
    """Those that are there: of one worker, or of each of those that share."""
    return sorted(
        path for path in _state_folder(site_file, site).glob("outbox*.db") if OUTBOX_NAME.fullmatch(path.stem)
    )


def references_folder(site_file: Path, site: Site) -> Path:
    """Of the reference pictures that workers took themselves."""
    return _state_folder(site_file, site) / "references"


def _state_folder(site_file: Path, site: Site) -> Path:
    """A relative one counts from the folder of the site file."""
    return site_file.parent / site.worker.state_dir
