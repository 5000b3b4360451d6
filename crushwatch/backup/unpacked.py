"""What lies unpacked, and where each file of it belongs."""

from __future__ import annotations

import base64
import json
import tempfile
from pathlib import Path

from crushwatch.backup.archive import CHECKS, REFERENCES, SITE, SQLITE, is_outbox
from crushwatch.backup.places import Places
from crushwatch.site import Site, load_site
from crushwatch.site.fault import SiteFaultsError
from crushwatch.site.unread import ALL_BUT_THE_DATABASE


def site_to_go_by(folder: Path, site: Path, data_only: bool) -> Site:
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


def sources_of(places: Places, folder: Path, parts: list[str]) -> dict[Path, Path]:
    """Every file that a restore writes, and where its content lies unpacked."""
    sources = {places.site: folder / SITE} if SITE in parts else {}
    sources |= {places.outbox_of(part): folder / part for part in parts if is_outbox(part)}
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
