"""crushwatch backup and restore: one archive with all that a site knows and no secret.

site.yaml, the service's database, what each worker keeps on disk (alerts that wait, the state of the rules), the checks
of counts that lie beside the site file, and the reference pictures by which cameras are seen to move. SQLite is copied
by its own backup, PostgreSQL by pg_dump: both are of one moment, while everything runs. A restore checks
every sum first, prepares all parts beside their places, and then moves them there.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import typer

from crushwatch import __version__
from crushwatch.claim import ClaimedError, Claims
from crushwatch.errors import ASKED_WRONGLY, IN_USE, CrushwatchError, SiteError
from crushwatch.regions.count_check import FOLDER as COUNT_CHECKS
from crushwatch.site import Site, load_site
from crushwatch.site.load import SiteFaultsError
from crushwatch.site.state import OUTBOX_NAME, database_file, outbox_path, outbox_paths, references_folder
from crushwatch.site.unread import ALL_BUT_THE_DATABASE

FORM, FORM_BEFORE = 2, 1
"""The first programs that wrote form 1 knew no outbox-0 and so on, and call such a part foreign."""
MANIFEST, SITE = "manifest.json", "site.yaml"
SQLITE, POSTGRES = "database.sqlite", "database.dump"
CHECKS = "count-checks.json"
"""The text of each check of `crushwatch calibrate-count`, by the name of its file."""
REFERENCES = "references.json"
"""The reference pictures in Base64: `own`, the worker's, by file name; `named`, as the site file names them."""
LARGEST_BYTES = 1 << 40
BEFORE_RESTORE = ".before-restore"
"""The ending of a worker's state that a restore moved aside."""


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

    def outbox_of(self, part: str) -> Path:
        """Where a worker's outbox belongs, by its name in the archive."""
        return self.state / f"{Path(part).stem}.db"


def backup(
    site: Path = typer.Argument(..., help="The site file."),
    archive: Path = typer.Argument(..., help="The archive to write, as crushwatch.tar.gz."),
    replace: bool = typer.Option(
        False, "--replace", help="Write over an archive of that name, once the new one is whole."
    ),
) -> None:
    """Write the site file, the database and the worker's state into one archive, while everything runs. No secrets.

    Run it in the folder that the service runs in, if service.database is a relative path.

    Example: crushwatch backup site.yaml crushwatch-2026-11-21.tar.gz
    """
    _refuse_one_that_is_there(archive, replace)
    loaded = load_site(site, unread=ALL_BUT_THE_DATABASE)
    places = Places.of(loaded, site)
    with _room_beside(archive) as folder:
        parts, left_out = _collect(places, folder)
        _write_manifest(folder, loaded, parts)
        packed = _pack(folder, [MANIFEST, *parts])
        _refuse_one_that_is_there(archive, replace)
        _take_its_name(packed, archive)
    none = "" if places.outboxes else f"; no worker's state in {places.state}"
    typer.echo(f"{archive}: {', '.join(parts)}{none}. Secrets are not in it.")
    if left_out:
        raise BackupError(
            f"{archive}: written, without {'; '.join(left_out)}. Remove the state of a worker that is no more"
        )


def restore(
    archive: Path = typer.Argument(..., help="An archive of `crushwatch backup`."),
    site: Path = typer.Argument(..., help="The site file to write, or with --data-only to go by."),
    replace: bool = typer.Option(False, "--replace", help="Write over what is there."),
    data_only: bool = typer.Option(
        False, "--data-only", help="Leave the site file, and what lies beside it, as it is."
    ),
) -> None:
    """Put back what a backup has. Stop service and worker first; secrets it has none, so keep their files.

    Example: crushwatch restore crushwatch-2026-11-21.tar.gz site.yaml --replace
    """
    with tempfile.TemporaryDirectory() as name, Claims() as claims:
        folder = Path(name)
        manifest = _unpack(archive, folder)
        places = Places.of(_site_to_go_by(folder, site, data_only), site)
        parts = [part for part in manifest["parts"] if not (data_only and part in (SITE, CHECKS))]
        sources = _sources(places, folder, parts)
        newer = [outbox for outbox in places.outboxes if outbox not in sources]
        _refuse_another_kind(places, parts)
        _claim(claims, places, [*sources, *newer])
        _refuse_what_would_be_lost(places, sources, newer, replace)
        _put_back(places, sources, newer, folder / POSTGRES)
    moved = f" Moved aside: {_listed(map(_aside, newer))}." if newer else ""
    typer.echo(f"restored {', '.join(parts)}, of {manifest['taken_at']}.{moved} Start service and worker.")


def _collect(places: Places, folder: Path) -> tuple[list[str], list[str]]:
    """The parts; and in words, which workers' state could not be copied: that of one must not cost the rest."""
    shutil.copyfile(places.site, folder / SITE)
    parts, left_out = [SITE], []
    if places.database is None:
        _postgres("pg_dump", places.url, "--format=custom", "--no-owner", "--file", str(folder / POSTGRES))
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


def _postgres(program: str, url: str, *arguments: str) -> None:
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


def _write_manifest(folder: Path, site: Site, parts: list[str]) -> None:
    manifest = {
        "form": FORM,
        "crushwatch": __version__,
        "site": site.id,
        "revision": site.revision,
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "parts": {part: _sum(folder / part) for part in parts},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _refuse_one_that_is_there(archive: Path, replace: bool) -> None:
    """An older backup may be the only one that has what was lost since."""
    if archive.is_dir():
        raise SiteError(f"{archive}: a folder; name the archive too, as {archive / 'crushwatch.tar.gz'}")
    if archive.exists() and not replace:
        raise SiteError(f"{archive}: already there; take another name, or --replace to write over it")


@contextmanager
def _room_beside(archive: Path) -> Iterator[Path]:
    """A folder on the same disk, gone at the end: an archive takes its name in one step, or the old one stays."""
    try:
        with tempfile.TemporaryDirectory(dir=archive.parent, prefix=".backup-") as name:
            yield Path(name)
    except OSError as error:
        raise BackupError(f"{archive}: cannot be written: {error.strerror or error}") from None


def _pack(folder: Path, names: list[str]) -> Path:
    """The archive, whole and on the disk, beside its place."""
    packed = folder / "archive"
    with packed.open("xb") as file:
        packed.chmod(0o600)
        with tarfile.open(fileobj=file, mode="w:gz") as tar:
            for name in names:
                tar.add(folder / name, arcname=name, filter=_nobodys)
        file.flush()
        os.fsync(file.fileno())
    return packed


def _take_its_name(packed: Path, archive: Path) -> None:
    """After a power cut the name leads to the old archive or to the new one, whole."""
    packed.replace(archive)
    folder = os.open(archive.parent, os.O_RDONLY)
    try:
        with suppress(OSError):  # what some network file systems say of a folder
            os.fsync(folder)
    finally:
        os.close(folder)


def _nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def _unpack(archive: Path, folder: Path) -> dict[str, Any]:
    """The manifest, after every part was unpacked and its sum compared."""
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                if not _is_known(member.name) or not member.isfile() or member.size > LARGEST_BYTES:
                    raise DamagedError(f"{archive}: {member.name} does not belong into a backup")
                tar.extract(member, folder, filter="data")
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, tarfile.TarError, EOFError, ValueError) as error:
        raise DamagedError(f"{archive}: no backup, or a damaged one: {error}") from None
    if manifest.get("form") not in (FORM_BEFORE, FORM):
        raise DamagedError(
            f"{archive}: of form {manifest.get('form')}; this version reads forms {FORM_BEFORE} and {FORM}"
        )
    for name, expected in manifest["parts"].items():
        if not _is_known(name) or not (folder / name).is_file() or _sum(folder / name) != expected:
            raise DamagedError(f"{archive}: {name} is damaged or missing")
    return manifest


def _is_known(part: str) -> bool:
    return part in {MANIFEST, SITE, SQLITE, POSTGRES, CHECKS, REFERENCES} or _is_outbox(part)


def _is_outbox(part: str) -> bool:
    return part.endswith(".sqlite") and OUTBOX_NAME.fullmatch(part.removesuffix(".sqlite")) is not None


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _site_to_go_by(folder: Path, site: Path, data_only: bool) -> Site:
    """The site that says where the parts belong: the one in the archive, read as if it lay in its place already."""
    if data_only:
        return load_site(site, unread=ALL_BUT_THE_DATABASE)
    site.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=site.parent, prefix=".restore-", suffix=".yaml") as beside:
        beside.write((folder / SITE).read_bytes())
        beside.flush()
        try:
            return load_site(Path(beside.name), unread=ALL_BUT_THE_DATABASE)
        except SiteFaultsError as error:
            raise SiteFaultsError(f"{site} of the backup", error.faults) from None


def _sources(places: Places, folder: Path, parts: list[str]) -> dict[Path, Path]:
    """Every file that a restore writes, and where its content lies unpacked."""
    sources = {places.site: folder / SITE} if SITE in parts else {}
    sources |= {places.outbox_of(part): folder / part for part in parts if _is_outbox(part)}
    if SQLITE in parts and places.database is not None:
        sources[places.database] = folder / SQLITE
    if CHECKS in parts:
        sources |= _checks(places, folder)
    if REFERENCES in parts:
        sources |= _references(places, folder, with_named=SITE in parts)
    return sources


def _checks(places: Places, folder: Path) -> dict[Path, Path]:
    checks = json.loads((folder / CHECKS).read_text(encoding="utf-8"))
    return {
        places.checks / Path(name).name: _unpacked(folder / f"check-{number}", text.encode())
        for number, (name, text) in enumerate(checks.items())
    }


def _references(places: Places, folder: Path, *, with_named: bool) -> dict[Path, Path]:
    """with_named: those beside the site file too, which goes with them; of these only what the site names."""
    pictures = json.loads((folder / REFERENCES).read_text(encoding="utf-8"))
    targets = {places.references / Path(name).name: text for name, text in pictures["own"].items()}
    if with_named:
        named = pictures["named"].items()
        targets |= {places.site.parent / name: text for name, text in named if name in places.named}
    return {
        target: _unpacked(folder / f"reference-{number}", base64.b64decode(text))
        for number, (target, text) in enumerate(targets.items())
    }


def _unpacked(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _refuse_another_kind(places: Places, parts: list[str]) -> None:
    if (SQLITE in parts) != (places.database is not None):
        raise SiteError("the backup's database and service.database are of two kinds, SQLite and PostgreSQL")


def _claim(claims: Claims, places: Places, files: Iterable[Path]) -> None:
    """Who watches goes on with what is exchanged under it, and may raise alerts twice; and none may start meanwhile."""
    held = []
    for file in files:
        is_database, is_state = file == places.database, file.parent == places.state and file.suffix == ".db"
        if not is_database and not is_state:
            continue
        try:
            claims.take(file, "database" if is_database else "state of a worker", "restore")
        except ClaimedError as error:
            held.append(f"the {error.holder} has {file}")
    if held:
        raise RunningError(f"stop service and worker first: {'; '.join(held)}")


def _refuse_what_would_be_lost(places: Places, sources: dict[Path, Path], newer: list[Path], replace: bool) -> None:
    """newer: state of workers that the backup does not have: an alert may be raised by it, unknown to its database."""
    site = load_site(places.site, unread=ALL_BUT_THE_DATABASE) if places.site.exists() else None
    if site is not None and _answers(site.service.host, site.service.port):
        raise RunningError(f"the service answers on port {site.service.port}: stop service and worker first")
    folders = (places.checks, places.references)
    whole = dict.fromkeys(path.parent if path.parent in folders else path for path in sources)
    faults = []
    if there := [path for path in whole if path.exists()]:
        faults.append(f"already there: {_listed(there)}; --replace writes over them")
    if newer:
        faults.append(
            f"the backup has no state of these workers, and theirs is newer than its database: {_listed(newer)}; "
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


def _put_back(places: Places, sources: dict[Path, Path], newer: list[Path], dump: Path) -> None:
    """Lay all beside their places and fill PostgreSQL in one transaction; if that went well, exchange the files."""
    ready = {target: target.with_name(f".{target.name}.restored") for target in sources}
    try:
        for target, source in sources.items():
            _lay_beside(source, ready[target], target)
        if places.database is None:
            _fill_postgres(places.url, dump)
        _exchange(ready, newer, [POSTGRES] if places.database is None else [])
    finally:
        for beside in ready.values():
            with suppress(OSError):
                beside.unlink(missing_ok=True)


def _lay_beside(source: Path, beside: Path, target: Path) -> None:
    try:
        beside.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, beside)
    except OSError as error:
        raise BackupError(f"{target}: cannot be written: {error.strerror}") from None


def _fill_postgres(url: str, dump: Path) -> None:
    name = unquote(urlsplit(url).path.lstrip("/"))
    _postgres(
        "pg_restore", url, "--clean", "--if-exists", "--no-owner", "--single-transaction", "--dbname", name, str(dump)
    )


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
                f"as before: {_listed(waiting)}. Mend that and restore again, with --replace"
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
        source, target = outbox.with_name(outbox.name + rest), Path(f"{_aside(outbox)}{rest}")
        target.unlink(missing_ok=True)
        if source.exists():
            source.replace(target)


def _aside(outbox: Path) -> Path:
    return outbox.with_name(outbox.name + BEFORE_RESTORE)


def _listed(paths: Iterable[Path]) -> str:
    return ", ".join(map(str, paths))
