"""Put the parts in place: all are laid beside first, and only if that went well the files are exchanged."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from crushwatch.backup import postgres
from crushwatch.backup.archive import POSTGRES
from crushwatch.backup.places import BackupError, Places, listed

BEFORE_RESTORE = ".before-restore"
"""The ending of a worker's state that a restore moved aside."""
OWNERS_ALONE, READ_BY_ALL = 0o600, 0o644
"""The modes of databases, whoever could read those before, and of other files that were not there."""


def put_back(places: Places, sources: dict[Path, Path], newer: list[Path], dump: Path) -> None:
    """Lay all beside their places and fill PostgreSQL in one transaction; if that went well, exchange the files."""
    ready = {target: target.with_name(f".{target.name}.restored") for target in sources}
    try:
        for target, source in sources.items():
            is_private = target == places.database or places.is_state(target)
            _lay_beside(source, ready[target], target, OWNERS_ALONE if is_private else _mode_of(target))
        if places.database is None:
            postgres.fill(places.url, dump)
        _exchange(ready, newer, [POSTGRES] if places.database is None else [])
    finally:
        for beside in ready.values():
            with suppress(OSError):
                beside.unlink(missing_ok=True)


def _mode_of(target: Path) -> int:
    """Who may read and write the file that is there, or a new one."""
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except OSError:
        return READ_BY_ALL


def _lay_beside(source: Path, beside: Path, target: Path, mode: int) -> None:
    """Nobody else reads it before it has its mode."""
    try:
        beside.parent.mkdir(parents=True, exist_ok=True)
        beside.unlink(missing_ok=True)
        made = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNERS_ALONE)
        with source.open("rb") as content, open(made, "wb") as file:
            shutil.copyfileobj(content, file)
        beside.chmod(mode)
    except OSError as error:
        raise BackupError(f"{target}: cannot be written: {error.strerror}") from None


def _exchange(ready: dict[Path, Path], newer: list[Path], new: list[str]) -> None:
    """Newer state goes first: without it a worker raises its alerts anew, with it it is silent. new: done already."""
    waiting = [*newer, *ready]
    for target in tuple(waiting):
        try:
            if target in ready:
                _take_place(ready[target], target)
            else:
                _move_aside(target)
        except OSError as error:
            raise BackupError(
                f"{target}: cannot be exchanged: {error.strerror}. New: {', '.join(new) or 'nothing'}; "
                f"as before: {listed(waiting)}. Mend that and restore again, with --replace"
            ) from None
        new.append(str(target))
        waiting.remove(target)


def _take_place(ready: Path, target: Path) -> None:
    """The log of the database that was there would be played into the new one; it stays where that one stays."""
    log, away = target.with_name(f"{target.name}-wal"), target.with_name(f".{target.name}-wal.replaced")
    if log.exists():
        log.replace(away)
    try:
        ready.replace(target)
    except OSError:
        if away.exists():
            away.replace(log)
        raise
    away.unlink(missing_ok=True)
    target.with_name(f"{target.name}-shm").unlink(missing_ok=True)


def _move_aside(outbox: Path) -> None:
    """With the log of what is not in it yet."""
    for rest in ("", "-wal", "-shm"):
        source, target = outbox.with_name(outbox.name + rest), Path(f"{aside(outbox)}{rest}")
        target.unlink(missing_ok=True)
        if source.exists():
            source.replace(target)


def aside(outbox: Path) -> Path:
    """What a worker's state is called that was moved out of the way."""
    return outbox.with_name(outbox.name + BEFORE_RESTORE)
