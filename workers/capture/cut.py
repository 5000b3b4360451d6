"""Ends a read that nothing else ends: FFmpeg waits for pictures on a connection that brings only reports.

FFmpeg gives its sockets to nobody. So of this process' connections to the camera those are shut that bring next to
nothing for as long as makes a stall, as no connection with pictures does; the reads on them end. A recorder has many
cameras behind one address, some of which send little for a second: hence so long a look. Linux only; elsewhere such a
read stays until the camera ends the connection.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

LEAST_BYTES = 2000
"""Of one look: a camera's pictures are far more, its reports far less."""
_BYTES_RECEIVED = struct.Struct("=128xQ")
"""`tcpi_bytes_received` in Linux' `struct tcp_info`."""

Address = tuple[str, int]


def cut_idle(host: str, port: int, look_s: float, wait: Callable[[float], object] = time.sleep) -> int:
    """Watch this process' connections to `host`, `port` for `look_s` and shut the idle ones; how many."""
    if sys.platform != "linux":
        return 0
    places = _places(host, port)
    before = {own: received for own, connection in _connections(places) for received in _received(connection)}
    wait(look_s)
    cut = 0
    for own, connection in _connections(places):
        idle = [now - before[own] < LEAST_BYTES for now in _received(connection) if own in before]
        if any(idle):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
                cut += 1
    return cut


def _places(host: str, port: int) -> frozenset[Address]:
    with suppress(OSError):
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return frozenset((str(place[0]), int(place[1])) for *_kind, place in found)
    return frozenset()


def _connections(places: frozenset[Address]) -> Iterator[tuple[Address, socket.socket]]:
    """This process' connections to one of those places, each with the address of its own end, which tells it from one
    that came after it and got its number; closed again after use."""
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            if not os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
                continue
            with socket.socket(fileno=os.dup(int(name))) as connection:
                if connection.type == socket.SOCK_STREAM and connection.getpeername()[:2] in places:
                    yield connection.getsockname()[:2], connection


def _received(connection: socket.socket) -> Iterator[int]:
    """Bytes so far, where the system says."""
    with suppress(OSError, struct.error):
        told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_RECEIVED.size)
        yield _BYTES_RECEIVED.unpack(told)[0]
