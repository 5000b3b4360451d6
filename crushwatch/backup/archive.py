"""The archive: parts, a manifest with the sum of each, packed beside its place and named once it is whole."""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crushwatch import __version__
from crushwatch.backup.places import BackupError, DamagedError
from crushwatch.errors import SiteError
from crushwatch.output import refuse_what_is_there
from crushwatch.site import Site
from crushwatch.site.state import OUTBOX_NAME

FORM, FORM_BEFORE = 2, 1
"""The first programs that wrote form 1 knew no outbox-0 and so on, and call such a part foreign."""
MANIFEST, SITE = "manifest.json", "site.yaml"
SQLITE, POSTGRES = "database.sqlite", "database.dump"
CHECKS = "count-checks.json"
"""The text of each check of `crushwatch calibrate-count`, by the name of its file."""
REFERENCES = "references.json"
"""The reference pictures in Base64: `own`, the worker's, by file name; `named`, as the site file names them."""
LARGEST_BYTES = 1 << 40


def write_manifest(folder: Path, site: Site, parts: list[str]) -> None:
    """What the archive holds, with the sum of each part."""
    manifest = {
        "form": FORM,
        "crushwatch": __version__,
        "site": site.id,
        "revision": site.revision,
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "parts": {part: _sum(folder / part) for part in parts},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def refuse_one_that_is_there(archive: Path, replace: bool) -> None:
    """An older backup may be the only one that has what was lost since."""
    if archive.is_dir():
        raise SiteError(f"{archive}: a folder; name the archive too, as {archive / 'crushwatch.tar.gz'}")
    refuse_what_is_there(archive, replace)


@contextmanager
def room_beside(archive: Path) -> Iterator[Path]:
    """A folder on the same disk, gone at the end: an archive takes its name in one step, or the old one stays."""
    try:
        with tempfile.TemporaryDirectory(dir=archive.parent, prefix=".backup-") as name:
            yield Path(name)
    except OSError as error:
        raise BackupError(f"{archive}: cannot be written: {error.strerror or error}") from None


def pack(folder: Path, names: list[str]) -> Path:
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


def take_its_name(packed: Path, archive: Path) -> None:
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


def unpack(archive: Path, folder: Path) -> dict[str, Any]:
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
    return part in {MANIFEST, SITE, SQLITE, POSTGRES, CHECKS, REFERENCES} or is_outbox(part)


def is_outbox(part: str) -> bool:
    """Whether a part is a worker's state."""
    return part.endswith(".sqlite") and OUTBOX_NAME.fullmatch(part.removesuffix(".sqlite")) is not None


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
