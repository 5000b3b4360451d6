"""Many RTSP cameras for next to nothing: one H.264 film, cut into RTP packets once, sent to each client as it is.

A picture costs one patch of the packets' numbers and one write. Every client begins at a key frame at a moment of its
own, so that the key frames of many cameras do not come together. TCP only, no passwords: for benchmarks on one machine.

    python -m bench.film_server film.mp4 8470
"""

from __future__ import annotations

import base64
import contextlib
import heapq
import itertools
import os
import re
import selectors
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.bitstream import BitStreamFilterContext

PAYLOAD = 1400
MOST_WAITING = 8 * 2**20
"""Bytes: a client that is further behind is left."""
CLOCK_HZ = 90_000
SPS, PPS = 7, 8
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Picture:
    """All RTP packets of one picture, each with the four bytes before it that RTSP wants; `heads`: where each RTP
    header begins."""

    packets: Bytes
    heads: npt.NDArray[np.intp]

    def stamped(self, first_number: int, stamp: int) -> bytes:
        """With the packets numbered from `first_number` and the time `stamp`, in ticks of 90 kHz."""
        packets = self.packets.copy()
        numbers = (first_number + np.arange(len(self.heads))) & 0xFFFF
        packets[self.heads + 2], packets[self.heads + 3] = numbers >> 8, numbers & 0xFF
        for byte, shift in enumerate((24, 16, 8, 0)):
            packets[self.heads + 4 + byte] = stamp >> shift & 0xFF
        return packets.tobytes()


@dataclass(frozen=True)
class Film:
    """What is sent, and how it is described."""

    pictures: list[Picture]
    rate_hz: float
    sdp: str


def read_film(path: Path) -> Film:
    """An H.264 film that begins with a key frame."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        rate_hz = float(stream.average_rate or 25)
        whole = BitStreamFilterContext("h264_mp4toannexb", stream)
        units = [
            list(_units(bytes(packet)))
            for demuxed in container.demux(stream)
            for packet in whole.filter(demuxed)
            if packet.size
        ]
    told = {unit[0] & 31: base64.b64encode(unit).decode() for unit in units[0] if unit[0] & 31 in (SPS, PPS)}
    sdp = (
        "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=film\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\nc=IN IP4 0.0.0.0\r\n"
        f"a=rtpmap:96 H264/90000\r\na=framerate:{rate_hz}\r\na=control:video\r\n"
        f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={told[SPS]},{told[PPS]}\r\n"
    )
    return Film([_picture(of_one) for of_one in units], rate_hz, sdp)


def _units(annex_b: bytes) -> Iterator[bytes]:
    return (unit for unit in re.split(rb"\x00{2,3}\x01", annex_b) if unit)


def _picture(units: list[bytes]) -> Picture:
    payloads = [payload for unit in units for payload in _payloads(unit)]
    heads, packets = [], bytearray()
    for number, payload in enumerate(payloads):
        marker = 0x80 if number == len(payloads) - 1 else 0
        packets += b"$\x00" + (12 + len(payload)).to_bytes(2, "big")
        heads.append(len(packets))
        packets += bytes((0x80, marker | 96)) + bytes(6) + b"film" + payload
    return Picture(np.frombuffer(bytes(packets), np.uint8), np.array(heads))


def _payloads(unit: bytes) -> Iterator[bytes]:
    """A unit as it is, or in fragments (FU-A) where it is too long for a packet."""
    if len(unit) <= PAYLOAD:
        yield unit
        return
    indicator, kind, rest = unit[0] & 0xE0 | 28, unit[0] & 31, unit[1:]
    last = (len(rest) - 1) // PAYLOAD
    for number in range(last + 1):
        place = 0x80 * (number == 0) | 0x40 * (number == last)
        yield bytes((indicator, place | kind)) + rest[number * PAYLOAD : (number + 1) * PAYLOAD]


@dataclass
class Client:
    """One connection, and how far its film has run."""

    connection: socket.socket
    heard: bytearray = field(default_factory=bytearray)
    waits: bytearray = field(default_factory=bytearray)
    shown: int = 0
    next_number: int = 0
    began_s: float = 0.0


class FilmServer:
    """Sends until it is killed. One thread."""

    def __init__(self, film: Film, port: int) -> None:
        self._film = film
        self._doors = selectors.DefaultSelector()
        self._listener = socket.create_server(("127.0.0.1", port), backlog=256)
        self._doors.register(self._listener, selectors.EVENT_READ)
        self._due: list[tuple[float, int, Client]] = []
        self._order = itertools.count()

    def run(self) -> None:
        """Answer and send, for ever."""
        while True:
            wait_s = max(0.0, self._due[0][0] - time.monotonic()) if self._due else None
            for key, _ in self._doors.select(wait_s):
                self._hear(key.data) if isinstance(key.data, Client) else self._welcome()
            for _ in range(len(self._due)):  # who asks is heard, however much is to be sent
                if self._due and self._due[0][0] <= time.monotonic():
                    self._send(heapq.heappop(self._due)[2])

    def _welcome(self) -> None:
        connection, _ = self._listener.accept()
        connection.setblocking(False)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2**20)
        self._doors.register(connection, selectors.EVENT_READ, Client(connection))

    def _hear(self, client: Client) -> None:
        try:
            heard = client.connection.recv(65536)
        except OSError:
            heard = b""
        if not heard:
            self._leave(client)
            return
        client.heard += heard
        while (end := client.heard.find(b"\r\n\r\n")) >= 0:
            request, client.heard = client.heard[:end].decode(errors="replace"), client.heard[end + 4 :]
            if "CSeq" in request and not self._answer(client, request):
                return

    def _answer(self, client: Client, request: str) -> bool:
        """Whether it is still there."""
        verb = (re.search(r"(OPTIONS|DESCRIBE|SETUP|PLAY|GET_PARAMETER|TEARDOWN) ", request) or ["", ""])[1]
        number = (re.search(r"CSeq: *(\d+)", request) or ["", "0"])[1]
        body = self._film.sdp if verb == "DESCRIBE" else ""
        more = {
            "OPTIONS": "Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN\r\n",
            "DESCRIBE": f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n",
            "SETUP": "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: film;timeout=60\r\n",
        }.get(verb, "Session: film\r\n")
        client.waits += f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\n{more}\r\n{body}".encode()
        if not self._flush(client):
            return False
        if verb == "PLAY":
            client.began_s = time.monotonic()
            heapq.heappush(self._due, (client.began_s, next(self._order), client))
        return True

    def _send(self, client: Client) -> None:
        """The next picture. What a client does not take at once goes before its next one: nobody waits for another."""
        picture = self._film.pictures[client.shown % len(self._film.pictures)]
        stamp = round(client.shown * CLOCK_HZ / self._film.rate_hz) & 0xFFFFFFFF
        client.waits += picture.stamped(client.next_number, stamp)
        if not self._flush(client):
            return
        client.next_number += len(picture.heads)
        client.shown += 1
        due_s = client.began_s + client.shown / self._film.rate_hz
        heapq.heappush(self._due, (due_s, next(self._order), client))

    def _flush(self, client: Client) -> bool:
        """Whether it is still there, and not hopelessly behind."""
        try:
            del client.waits[: client.connection.send(client.waits)]
        except BlockingIOError:
            pass
        except OSError:
            client.waits.clear()
            self._leave(client)
            return False
        if len(client.waits) > MOST_WAITING:
            self._leave(client)
            return False
        return True

    def _leave(self, client: Client) -> None:
        if client.connection.fileno() >= 0:
            self._doors.unregister(client.connection)
            client.connection.close()
            self._due = [entry for entry in self._due if entry[2] is not client]
            heapq.heapify(self._due)


def _go_first() -> None:
    """Where that is permitted: real cameras do not compete with who watches them for a processor."""
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0) - 5)


if __name__ == "__main__":
    _go_first()
    server = FilmServer(read_film(Path(sys.argv[1])), int(sys.argv[2]))
    print("ready", flush=True)
    server.run()
