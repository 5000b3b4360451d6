"""Take a copy of every part, while everything runs."""

from __future__ import annotations

import base64
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from crushwatch.backup import postgres
from crushwatch.backup.archive import CHECKS, POSTGRES, REFERENCES, SITE, SQLITE
from crushwatch.backup.places import BackupError, Places


def collect(places: Places, folder: Path) -> tuple[list[str], list[str]]:
    """The parts; and in words, which workers' state could not be copied: that of one must not cost the rest."""
    shutil.copyfile(places.site, folder / SITE)
    parts, left_out = [SITE], []
    if places.database is None:
        postgres.run("pg_dump", places.url, "--format=custom", "--no-owner", "--file", str(folder / POSTGRES))
        parts.append(POSTGRES)
    else:
        _copy_sqlite(places.database, folder / SQLITE)
        parts.append(SQLITE)
    for outbox in places.outboxes:
        try:
            _copy_sqlite(outbox, folder / f"{outbox.stem}.sqlite")
        except BackupError as error:
            left_out.append(str(error))
        else:
            parts.append(f"{outbox.stem}.sqlite")
    checks = {path.name: path.read_text(encoding="utf-8") for path in sorted(places.checks.glob("*.json"))}
    if checks:
        (folder / CHECKS).write_text(json.dumps(checks), encoding="utf-8")
        parts.append(CHECKS)
    references = {
        "own": _pictures({path.name: path for path in sorted(places.references.glob("*.png"))}),
        "named": _pictures({name: places.site.parent / name for name in sorted(places.named)}),
    }
    if any(references.values()):
        (folder / REFERENCES).write_text(json.dumps(references), encoding="utf-8")
        parts.append(REFERENCES)
    return parts, left_out


def _pictures(paths: dict[str, Path]) -> dict[str, str]:
    """Base64 of those that are there; `crushwatch check` warns of a named one that is not."""
    found = {}
    for name, path in paths.items():
        try:
            found[name] = base64.b64encode(path.read_bytes()).decode()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise BackupError(f"{path}: cannot be read: {error.strerror}") from None
    return found


def _copy_sqlite(source: Path, target: Path) -> None:
    if not source.exists():
        raise BackupError(f"{source.absolute()}: no database there; run this in the folder that the service runs in")
    try:
        with closing(sqlite3.connect(source)) as database, closing(sqlite3.connect(target)) as copy:
            database.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise BackupError(f"{source}: cannot be copied: {error}") from None
