"""crushwatch backup and restore: one archive with all that a site knows and no secret.

site.yaml, the service's database, what each worker keeps on disk (alerts that wait, the state of the rules), the checks
of counts that lie beside the site file, and the reference pictures by which cameras are seen to move. SQLite is copied
by its own backup, PostgreSQL by pg_dump: both are of one moment, while everything runs. A restore checks
every sum first, prepares all parts beside their places, and then moves them there.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import typer

from crushwatch.backup.archive import (
    CHECKS,
    MANIFEST,
    POSTGRES,
    SITE,
    pack,
    refuse_one_that_is_there,
    room_beside,
    take_its_name,
    unpack,
    write_manifest,
)
from crushwatch.backup.collect import collect
from crushwatch.backup.exchange import aside, put_back
from crushwatch.backup.places import BackupError, Places, listed
from crushwatch.backup.refuse import claim_all, refuse_another_kind, refuse_what_would_be_lost
from crushwatch.backup.unpacked import site_to_go_by, sources_of
from crushwatch.claim import Claims
from crushwatch.site import load_site
from crushwatch.site.unread import ALL_BUT_THE_DATABASE


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
    refuse_one_that_is_there(archive, replace)
    loaded = load_site(site, unread=ALL_BUT_THE_DATABASE)
    places = Places.of(loaded, site)
    with room_beside(archive) as folder:
        parts, left_out = collect(places, folder)
        write_manifest(folder, loaded, parts)
        packed = pack(folder, [MANIFEST, *parts])
        refuse_one_that_is_there(archive, replace)
        take_its_name(packed, archive)
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
        manifest = unpack(archive, folder)
        places = Places.of(site_to_go_by(folder, site, data_only), site)
        parts = [part for part in manifest["parts"] if not (data_only and part in (SITE, CHECKS))]
        sources = sources_of(places, folder, parts)
        newer = [outbox for outbox in places.outboxes if outbox not in sources]
        refuse_another_kind(places, parts)
        claim_all(claims, places, [*sources, *newer])
        refuse_what_would_be_lost(places, sources, newer, replace)
        put_back(places, sources, newer, folder / POSTGRES)
    moved = f" Moved aside: {listed(map(aside, newer))}." if newer else ""
    typer.echo(f"restored {', '.join(parts)}, of {manifest['taken_at']}.{moved} Start service and worker.")
