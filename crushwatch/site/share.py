"""Which cameras a worker watches when several share a site: decided from the names alone, so that nobody has to agree.

Each camera goes to the worker that draws the highest number for it (rendezvous hashing): when a worker is added or
taken away, only the cameras it gains or loses change hands.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from crushwatch.errors import SiteError
from crushwatch.site.site import Site


@dataclass(frozen=True)
class Share:
    """Worker `index` of `workers`, counted from 0."""

    index: int
    workers: int

    @classmethod
    def parse(cls, text: str) -> Share:
        """From `0/3`, the first of three; raises SiteError.

        >>> Share.parse("0/3")
        Share(index=0, workers=3)
        """
        match = re.fullmatch(r"(\d{1,4})/(\d{1,4})", text)
        share = cls(int(match[1]), int(match[2])) if match else cls(0, 0)
        if not 0 <= share.index < share.workers:
            raise SiteError(f"share {text!r}: INDEX/WORKERS, counted from 0, as 0/3, 1/3 and 2/3")
        return share

    def of(self, site: Site) -> Site:
        """The site with this worker's cameras only."""
        cameras = {key: camera for key, camera in site.cameras.items() if self._owner(key) == self.index}
        return site.model_copy(update={"cameras": cameras})

    def _owner(self, camera: str) -> int:
        return max(range(self.workers), key=lambda worker: hashlib.sha256(f"{camera}/{worker}".encode()).digest())
