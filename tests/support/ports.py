"""Ports of this machine for the servers that a test starts."""

from __future__ import annotations

import random
import socket
from collections.abc import Sequence
from pathlib import Path

_LENT_BY_THE_KERNEL = Path("/proc/sys/net/ipv4/ip_local_port_range")
_FIRST, _LAST = 10_000, 65_535
_ENOUGH = 1000
"""With fewer ports than these to choose from, many test runs side by side would meet."""
_given: set[int] = set()


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on, and that no outgoing connection is given in the meantime.

    Those that the kernel lends to outgoing connections are left out, where it leaves any: a test that asks again and
    again whether its server is there makes hundreds of them before the server listens, and any may be lent the server's
    port. No port is given twice in a run.
    """
    candidates = ports_not_lent(_LENT_BY_THE_KERNEL)
    chosen = random.SystemRandom()
    while True:
        port = chosen.choice(candidates)
        if port not in _given and _is_free(port):
            _given.add(port)
            return port


def ports_not_lent(lent: Path) -> Sequence[int]:
    """Those outside the range in that file, below it or else above it; all, where too few are or nothing is known."""
    try:
        first, last = (int(word) for word in lent.read_text(encoding="ascii").split())
    except (OSError, ValueError):
        return range(_FIRST, _LAST + 1)
    below, above = range(_FIRST, min(first, _LAST + 1)), range(max(last + 1, _FIRST), _LAST + 1)
    return next((ports for ports in (below, above) if len(ports) >= _ENOUGH), range(_FIRST, _LAST + 1))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
