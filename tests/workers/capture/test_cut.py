"""Connections that bring reports and no pictures, on which FFmpeg would wait for ever."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
import structlog

from crushwatch.errors import SourceError
from crushwatch.site import Camera
from support.clips import make_clip
from support.ports import free_port
from support.rtsp_server import RtspServer
from workers.capture.choose import open_source
from workers.capture.cut import LEAST_BYTES, PICTURES_BYTES, cut_idle
from workers.capture.rtsp import RtspSource
from workers.capture.slot import Slot
from workers.capture.supervise import capture_camera
from workers.capture.tally import Tally

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(sys.platform != "linux", reason="NOT RUN: only Linux says which connections a process has"),
]

WaitUntil = Callable[..., None]

REPORTING = """
import heapq, struct, sys, time
from pathlib import Path
from bench.film_server import FilmServer, read_film

class Reporting(FilmServer):
    def _send(self, client):
        if client.shown < int(sys.argv[3]):
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
def start_reporting() -> Iterator[Callable[[Path, int], int]]:
    """`start_reporting(FILM, PICTURES)`: the port where a camera sends so many pictures and then only reports."""
    root = Path(__file__).parents[3]
    with ExitStack() as running:

        def start(film: Path, pictures: int) -> int:
            port = free_port()
            command = [sys.executable, "-c", REPORTING, str(film), str(port), str(pictures)]
            server = running.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root))
            running.callback(server.kill)
            assert server.stdout is not None
            assert server.stdout.readline() == "ready\n"
            return port

        yield start


def connections(port: int) -> set[tuple[int, str]]:
    """This process' to `port`: the port of its own end, and the state of each."""
    ours = psutil.Process().net_connections("tcp")
    return {(one.laddr.port, one.status) for one in ours if one.raddr and one.raddr.port == port}


@pytest.mark.parametrize(
    ("size_px", "pictures"),
    [
        pytest.param((320, 240), 20, id="in the middle"),
        pytest.param((160, 120), 1, id="after its first key frame"),
        pytest.param((96, 72), 60, id="small pictures"),
    ],
)
def test_a_camera_that_sends_reports_and_no_pictures_is_left_and_its_connection_cut(
    camera: Callable[..., Camera],
    start_reporting: Callable[[Path, int], int],
    wait_until: WaitUntil,
    tmp_path: Path,
    size_px: tuple[int, int],
    pictures: int,
) -> None:
    port = start_reporting(make_clip(tmp_path / "film.mp4", size_px=size_px, frames=100, gop=100), pictures)
    source = open_source("gate", camera(f"rtsp://127.0.0.1:{port}/gate", connect_timeout_s=1, stall_after_s=1))
    source.open()
    with pytest.raises(SourceError, match="no picture for"):
        list(source.frames())
    source.close()
    wait_until(lambda: not connections(port), within_s=10)


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


def test_a_connection_that_steers_a_camera_over_udp_is_not_cut_however_long_it_has_been_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place: tuple[str, int] = listener.getsockname()
        with socket.create_connection(place) as stalled, listener.accept()[0] as sender:
            send_pictures(stalled, sender)
            with socket.create_connection(place) as steering, listener.accept()[0] as recorder:
                for _answer in range(300):  # to as many questions whether the session is still wanted: two hours
                    recorder.sendall(b"." * 150)
                    assert len(steering.recv(150)) == 150
                assert cut_idle(*place, look_s=0.2, over_udp=[place]) == 1
                assert stalled.recv(1) == b""
                recorder.sendall(b"!")
                assert steering.recv(1) == b"!"


def test_of_one_recorders_cameras_over_tcp_and_udp_none_that_plays_is_cut(
    camera: Callable[..., Camera], start_rtsp_server: Callable[..., RtspServer], film: Path, wait_until: WaitUntil
) -> None:
    server = start_rtsp_server({"gate": film})
    watched = {transport: camera(server.url("gate"), transport=transport) for transport in ("tcp", "udp")}
    captures = [capture_camera(key, one, Slot()) for key, one in watched.items()]
    for capture in captures:
        capture.start()
    try:
        wait_until(lambda: all(capture.status().frames_decoded > 25 for capture in captures), within_s=15)
        before = connections(server.port)
        RtspSource(watched["tcp"], Tally(), structlog.get_logger()).cut()
        next(thread for thread in threading.enumerate() if thread.name == "cut").join()
        assert len(before) == 2
        assert connections(server.port) == before
    finally:
        for capture in captures:
            capture.stop()


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


def send_pictures(taker: socket.socket, sender: socket.socket) -> None:
    """As much as tells a connection with pictures from others, taken at once."""
    sender.sendall(b"." * PICTURES_BYTES)
    taker.recv(PICTURES_BYTES, socket.MSG_WAITALL)


def send_until(sender: socket.socket, done: threading.Event) -> None:
    while not done.is_set():
        sender.sendall(b"." * LEAST_BYTES)
        time.sleep(0.05)
