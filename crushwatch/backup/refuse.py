"""When a restore is refused, before anything is changed: another kind of database, a watch that runs, what is there."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from pathlib import Path

from crushwatch.backup.archive import SQLITE
from crushwatch.backup.exchange import BEFORE_RESTORE
from crushwatch.backup.places import Places, RunningError, listed
from crushwatch.claim import ClaimedError, Claims
from crushwatch.errors import SiteError
from crushwatch.site import load_site
from crushwatch.site.unread import ALL_BUT_THE_DATABASE


def refuse_another_kind(places: Places, parts: list[str]) -> None:
    """A dump of PostgreSQL does not go into SQLite, nor the other way round."""
    if (SQLITE in parts) != (places.database is not None):
        raise SiteError("the backup's database and service.database are of two kinds, SQLite and PostgreSQL")


def claim_all(claims: Claims, places: Places, files: Iterable[Path]) -> None:
    """Who watches goes on with what is exchanged under it, and may raise alerts twice; and none may start meanwhile."""
    held = []
    for file in files:
        is_database, is_state = file == places.database, places.is_state(file)
        if not is_database and not is_state:
            continue
        try:
            claims.take(file, "database" if is_database else "state of a worker", "restore")
        except ClaimedError as error:
            held.append(f"the {error.holder} has {file}")
    if held:
        raise RunningError(f"stop service and worker first: {'; '.join(held)}")


def refuse_what_would_be_lost(places: Places, sources: dict[Path, Path], newer: list[Path], replace: bool) -> None:
    """newer: state of workers that the backup does not have: an alert may be raised by it, unknown to its database."""
    site = load_site(places.site, unread=ALL_BUT_THE_DATABASE) if places.site.exists() else None
    if site is not None and _answers(site.service.host, site.service.port):
        raise RunningError(f"the service answers on port {site.service.port}: stop service and worker first")
    folders = (places.checks, places.references)
    whole = dict.fromkeys(path.parent if path.parent in folders else path for path in sources)
    faults = []
    if there := [path for path in whole if path.exists()]:
        faults.append(f"already there: {listed(there)}; --replace writes over them")
    if newer:
        faults.append(
            f"the backup has no state of these workers, and theirs is newer than its database: {listed(newer)}; "
            f"--replace moves it aside ({BEFORE_RESTORE})"
        )
    if places.database is None:
        faults.append("the tables in PostgreSQL would be written over: say --replace")
    if faults and not replace:
        raise SiteError("\n".join(faults))


def _answers(host: str, port: int) -> bool:
    reachable = "127.0.0.1" if host in ("0.0.0.0", "::") else host.strip("[]")  # noqa: S104  # compared, not bound
    try:
        with socket.create_connection((reachable, port), timeout=1):
            return True
    except OSError:
        return False
