"""A site file that may be put to work: read, and every camera's ground tried out."""

from __future__ import annotations

from pathlib import Path

from crushwatch.errors import SiteError
from crushwatch.ground.camera_ground import ground_faults
from crushwatch.site import Site, load_site
from crushwatch.site.load import SiteFaultsError
from crushwatch.site.unread import NONE, Keys


def load_checked_site(path: Path, *, unread: Keys = NONE) -> Site:
    """The site at `path` with its grounds checked; raises SiteError with every fault. unread: see `load_site`."""
    told: list[str] = []
    try:
        site = load_site(path, unread=unread)
    except SiteFaultsError as error:
        if error.sound is None:
            raise
        site, told = error.sound, [str(error)]
    told += [f"{path} {fault}" for fault in ground_faults(site)]
    if told:
        raise SiteError("\n".join(told))
    return site
