"""PostgreSQL by its own programs: pg_dump takes one moment of it, pg_restore puts it back in one transaction."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

from crushwatch.backup.places import BackupError


def run(program: str, url: str, *arguments: str) -> None:
    """Run a program of PostgreSQL; the password goes by the environment, where no list of processes shows it."""
    parts = urlsplit(url)
    named = {"PGHOST": parts.hostname, "PGPORT": parts.port, "PGUSER": parts.username, "PGPASSWORD": parts.password,
             "PGDATABASE": parts.path.lstrip("/")}  # fmt: skip
    found = shutil.which(program)
    if found is None:
        raise BackupError(f"no {program} here; install PostgreSQL's client programs (postgresql-client)")
    environment = os.environ | {key: unquote(str(value)) for key, value in named.items() if value}
    done = subprocess.run([found, *arguments], env=environment, capture_output=True, text=True)  # noqa: S603  # no shell
    if done.returncode:
        raise BackupError(f"{program}: {done.stderr.strip()}")


def fill(url: str, dump: Path) -> None:
    """Put a dump back over what is there, in one transaction."""
    name = unquote(urlsplit(url).path.lstrip("/"))
    run("pg_restore", url, "--clean", "--if-exists", "--no-owner", "--single-transaction", "--dbname", name, str(dump))
