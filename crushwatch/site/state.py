"""What a worker keeps on disk, in its state folder: alerts that wait, the state of the rules, reference pictures."""

from __future__ import annotations

from pathlib import Path

from crushwatch.site.share import Share
from crushwatch.site.site import Site


def outbox_path(site_file: Path, site: Site, share: Share | None = None) -> Path:
    """Workers that share the cameras may share the folder: each has its own."""
    return _state_folder(site_file, site) / ("outbox.db" if share is None else f"outbox-{share.index}.db")


def references_folder(site_file: Path, site: Site) -> Path:
    """Of the reference pictures that workers took themselves."""
    return _state_folder(site_file, site) / "references"


def _state_folder(site_file: Path, site: Site) -> Path:
    """A relative one counts from the folder of the site file."""
    return site_file.parent / site.worker.state_dir
