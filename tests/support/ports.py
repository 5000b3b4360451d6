"""Ports of this machine for the servers that a test starts."""

from __future__ import annotations

import random
import socket
from pathlib import Path

_LENT_BY_THE_KERNEL_FROM = Path("/proc/sys/net/ipv4/ip_local_port_range")
_FIRST = 10_000
_given: set[int] = set()


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on, and that no outgoing connection is given in the meantime.

    Those that the kernel lends to outgoing connections are left out: a test that asks again and again whether its
    server is there makes hundreds of them before the server listens, and any may be lent the server's port. No port
    is given twice in a run.
    """
    last = int(_LENT_BY_THE_KERNEL_FROM.read_text(encoding="ascii").split()[0]) - 1
    chosen = random.SystemRandom()
    while True:
        port = chosen.randint(_FIRST, last)
        if port not in _given and _is_free(port):
            _given.add(port)
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
