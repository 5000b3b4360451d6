"""Connections that bring reports and no pictures, on which FFmpeg would wait for ever."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from crushwatch.errors import SourceError
from crushwatch.site import Camera
from support.clips import make_clip
from support.redis_server import free_port
from workers.capture.choose import open_source
from workers.capture.cut import LEAST_BYTES, cut_idle

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(sys.platform != "linux", reason="NOT RUN: only Linux says which connections a process has"),
]

REPORTING = """
import heapq, struct, sys, time
from pathlib import Path
from bench.film_server import FilmServer, read_film

class Reporting(FilmServer):
    def _send(self, client):
        if client.shown < 20:
            super()._send(client)
            return
        report = struct.pack(">BBH6I", 0x80, 200, 6, 1, 2, 3, 4, 5, 6)
        client.waits += b"$" + bytes([1]) + len(report).to_bytes(2, "big") + report
        if self._flush(client):
            heapq.heappush(self._due, (time.monotonic() + 0.2, next(self._order), client))

server = Reporting(read_film(Path(sys.argv[1])), int(sys.argv[2]))
print("ready", flush=True)
server.run()
"""


@pytest.fixture
def reporting_port(tmp_path: Path) -> Iterator[int]:
    """Where a camera sends twenty pictures and then only reports."""
    port, film = free_port(), make_clip(tmp_path / "film.mp4")
    command = [sys.executable, "-c", REPORTING, str(film), str(port)]
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
        yield port
        server.kill()


def connections(port: int) -> int:
    return sum(1 for one in psutil.Process().net_connections("tcp") if one.raddr and one.raddr.port == port)


def test_a_camera_that_sends_reports_and_no_pictures_is_left_and_its_connection_cut(
    camera: Callable[..., Camera], reporting_port: int, wait_until: Callable[..., None]
) -> None:
    stalling = camera(f"rtsp://127.0.0.1:{reporting_port}/gate", connect_timeout_s=1, stall_after_s=1)
    source = open_source("gate", stalling)
    source.open()
    with pytest.raises(SourceError, match="no picture for"):
        list(source.frames())
    source.close()
    wait_until(lambda: connections(reporting_port) == 0, within_s=10)


def test_a_connection_that_brings_pictures_is_not_cut_beside_one_that_does_not() -> None:
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place: tuple[str, int] = listener.getsockname()
        with socket.create_connection(place) as busy, listener.accept()[0] as sender:
            threading.Thread(target=send_until, args=(sender, done)).start()
            with socket.create_connection(place) as idle, listener.accept()[0]:
                assert cut_idle(*place, look_s=0.5) == 1
                assert idle.recv(1) == b""
                assert busy.recv(1) == b"."
            done.set()


def test_a_connection_that_came_meanwhile_and_got_the_number_of_one_that_went_is_not_cut() -> None:
    came: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place: tuple[str, int] = listener.getsockname()
        went, sender = socket.create_connection(place), listener.accept()[0]
        number = went.fileno()
        sender.sendall(b"." * LEAST_BYTES)

        def change_places(_look_s: float) -> None:
            went.close()
            came.append(socket.create_connection(place))

        assert cut_idle(*place, look_s=1, wait=change_places) == 0
        assert came[0].fileno() == number
        with sender, came[0], listener.accept()[0] as new_sender:
            new_sender.sendall(b".")
            assert came[0].recv(1) == b"."


def send_until(sender: socket.socket, done: threading.Event) -> None:
    while not done.is_set():
        sender.sendall(b"." * LEAST_BYTES)
        time.sleep(0.05)
