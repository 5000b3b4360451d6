"""How many connections and files this process may hold at once: a camera over UDP takes three or four."""

from __future__ import annotations

import resource

ENOUGH = 65_536


def allow_open_files(wanted: int = ENOUGH) -> None:
    """As many as wanted, or as this user may at most. Most systems begin with 1024: with some three hundred cameras the
    last ones would take the places of Redis and the outbox."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
