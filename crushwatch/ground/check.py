"""A site file that may be put to work: read, and every camera's ground tried out."""

from __future__ import annotations

from pathlib import Path

from crushwatch.ground.camera_ground import ground_faults
from crushwatch.site import Site
from crushwatch.site.load import look_at_site
from crushwatch.site.unread import NONE, Keys


def load_checked_site(path: Path, *, unread: Keys = NONE) -> Site:
    """The site at `path` with its grounds checked; raises SiteError with every fault. unread: see `load_site`."""
    look = look_at_site(path, unread=unread)
    return look.further(ground_faults(look.site)).whole()
