"""Ends a read that nothing else ends: FFmpeg waits for pictures on a connection that brings only reports.

FFmpeg gives its sockets to nobody. So of this process' connections to the camera those are shut that bring next to
nothing for as long as makes a stall; the reads on them end. A recorder has many cameras behind an address, some of
which send little for a second: hence so long a look. Where one of its cameras sends by UDP, that camera's connection
only steers and brings short answers now and then: only connections that have brought pictures are shut there, and one
that brought few before it stalled stays, with its read, until the camera ends it. Linux only; elsewhere each does.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress

LEAST_BYTES = 2000
"""Of one look: a camera's pictures are far more, its reports far less."""
PICTURES_BYTES = 20_000
"""So much no beginning of an RTSP session brings."""
PICTURES_SEGMENT_BYTES = 250
"""Pictures fill their TCP segments, of which some may be short; answers and reports have 30 to 200 bytes each."""
_INFO = struct.Struct("=128xQ16xI")
"""`tcpi_bytes_received` and `tcpi_data_segs_in` in Linux' `struct tcp_info`."""

Address = tuple[str, int]


def cut_idle(
    host: str,
    port: int,
    look_s: float,
    over_udp: Collection[Address] = (),
    wait: Callable[[float], object] = time.sleep,
) -> int:
    """Watch this process' connections to `host`, `port` for `look_s` and shut the idle ones; how many.

    over_udp: host and port of each camera that this process watches over UDP; may change meanwhile.
    """
    if sys.platform != "linux":
        return 0
    places = _places(host, port)
    before = {own: received for own, connection in _connections(places) for received, _ in _told(connection)}
    wait(look_s)
    some_steer = any(_places(*place) & places for place in frozenset(tuple(over_udp)))
    cut = 0
    for own, connection in _connections(places):
        for received, segments in _told(connection):
            is_idle = own in before and received - before[own] < LEAST_BYTES
            if is_idle and (_has_pictures(received, segments) or not some_steer):
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


def _told(connection: socket.socket) -> Iterator[tuple[int, int]]:
    """Bytes and segments so far, where the system says."""
    with suppress(OSError, struct.error):
        told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO.size)
        received, segments = _INFO.unpack(told)
        yield received, segments


def _has_pictures(received: int, segments: int) -> bool:
    """Whether a connection that brought so much is certainly none that only steers."""
    return received >= max(PICTURES_BYTES, segments * PICTURES_SEGMENT_BYTES)
