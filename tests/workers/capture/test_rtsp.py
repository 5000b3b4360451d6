from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import numpy as np
import psutil
import pytest

from crushwatch.errors import SourceError
from crushwatch.site import Camera
from support.clips import make_clip
from support.rtsp_server import RtspServer
from workers.capture.choose import open_source
from workers.capture.source import Picture, Source
from workers.capture.tally import Tally

pytestmark = pytest.mark.integration

MakeCamera = Callable[..., Camera]
StartServer = Callable[..., RtspServer]
SECRET = "hunter/2#@:?&%"


def first_pictures(source: Source, count: int) -> list[Picture]:
    return [picture for picture, _ in itertools.islice(source.frames(), count)]


def udp_ports() -> int:
    return sum(1 for connection in psutil.Process().net_connections(kind="udp"))


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_stream_comes_over_either_transport_in_either_codec(
    start_rtsp_server: StartServer, camera: MakeCamera, film: Path, film_h265: Path, transport: str, codec: str
) -> None:
    server = start_rtsp_server({"gate": film if codec == "h264" else film_h265})
    source = open_source("gate", camera(server.url("gate"), transport=transport))
    try:
        info = source.open()
        pictures = first_pictures(source, 10)
        assert (udp_ports() > 0) == (transport == "udp")
    finally:
        source.close()
    assert (info.codec, info.width_px, info.height_px, info.frame_rate_hz) == (codec, 320, 240, 25)
    assert pictures[9].rgb(64, 32).shape == (32, 64, 3)


def test_first_picture_comes_without_a_second_of_looking(
    start_rtsp_server: StartServer, camera: MakeCamera, film: Path
) -> None:
    server = start_rtsp_server({"gate": film})
    source = open_source("gate", camera(server.url("gate")))
    started_s = time.monotonic()
    try:
        source.open()
        first_pictures(source, 1)
    finally:
        source.close()
    assert time.monotonic() - started_s < 1


@pytest.mark.parametrize("method", ["basic", "digest"])
def test_right_password_opens_and_wrong_one_is_said_without_being_shown(
    start_rtsp_server: StartServer, camera: MakeCamera, film: Path, method: str
) -> None:
    server = start_rtsp_server({"gate": film}, users={"viewer": SECRET}, method=method)
    source = open_source("gate", camera(server.url("gate", user="viewer", password=quote(SECRET, safe=""))))
    try:
        source.open()
        assert first_pictures(source, 1)
    finally:
        source.close()
    source = open_source("gate", camera(server.url("gate", user="viewer", password="hunter3")))
    with pytest.raises(SourceError, match=rf"127.0.0.1:{server.port} refuses this user and password \(401\)") as caught:
        source.open()
    assert "hunter" not in str(caught.value)


def test_mount_that_is_not_there_is_said(start_rtsp_server: StartServer, camera: MakeCamera, film: Path) -> None:
    server = start_rtsp_server({"gate": film})
    with pytest.raises(SourceError, match=r"has no stream of that path \(404\)"):
        open_source("gate", camera(server.url("nowhere"))).open()


def test_key_frames_only_gives_each_key_frame_at_once_and_counts_every_frame_of_the_source(
    start_rtsp_server: StartServer, camera: MakeCamera, tmp_path: Path
) -> None:
    # With B-frames a decoder would keep key frames back until later ones have come.
    server = start_rtsp_server({"gate": make_clip(tmp_path / "film.mp4", b_frames=2)})
    tally = Tally()
    source = open_source("gate", camera(server.url("gate"), key_frames_only=True), tally)
    try:
        source.open()
        first_pictures(source, 1)
        before, started_s = tally.source_frames, time.monotonic()
        first_pictures(source, 5)
        seconds, frames = time.monotonic() - started_s, tally.source_frames - before
    finally:
        source.close()
    assert 40 <= frames <= 60
    assert seconds == pytest.approx(2.0, abs=0.7)


def test_silent_host_is_given_up_after_the_time_that_a_person_gave(camera: MakeCamera, silent_port: int) -> None:
    source = open_source("gate", camera(f"rtsp://viewer:hunter2@127.0.0.1:{silent_port}/gate", connect_timeout_s=1))
    started_s = time.monotonic()
    with pytest.raises(SourceError, match=f"^no RTSP answer from 127.0.0.1:{silent_port} in 1 s$"):
        source.open()
    assert time.monotonic() - started_s < 2


def test_stream_that_hangs_is_a_stall_after_the_time_that_a_person_gave(
    start_rtsp_server: StartServer, camera: MakeCamera, film: Path
) -> None:
    server = start_rtsp_server({"gate": film})
    source = open_source("gate", camera(server.url("gate"), stall_after_s=1))
    try:
        source.open()
        first_pictures(source, 3)
        server.hang()
        with pytest.raises(SourceError, match=f"no packet from 127.0.0.1:{server.port} for 1 s"):
            first_pictures(source, 10_000)
    finally:
        source.close()
        server.resume()


def test_closing_from_another_thread_ends_a_read_that_hangs(
    start_rtsp_server: StartServer, camera: MakeCamera, film: Path
) -> None:
    server = start_rtsp_server({"gate": film})
    source = open_source("gate", camera(server.url("gate"), stall_after_s=60))
    source.open()
    first_pictures(source, 3)
    server.hang()
    reader = threading.Thread(target=first_pictures, args=(source, 10_000))
    reader.start()
    time.sleep(1)
    started_s = time.monotonic()
    source.close()
    reader.join(2)
    assert not reader.is_alive()
    assert time.monotonic() - started_s < 0.5
    server.resume()


def test_connection_of_a_closed_source_is_given_back(
    start_rtsp_server: StartServer, camera: MakeCamera, film: Path, wait_until: Callable[..., None]
) -> None:
    server = start_rtsp_server({"gate": film})

    def connections() -> int:
        return sum(1 for one in psutil.Process().net_connections("tcp") if one.raddr and one.raddr.port == server.port)

    source = open_source("gate", camera(server.url("gate")))
    source.open()
    first_pictures(source, 1)
    assert connections() == 1
    source.close()
    wait_until(lambda: connections() == 0, within_s=3)


def test_frozen_camera_sends_the_same_picture_again_and_again_and_moves_when_thawed(
    start_rtsp_server: StartServer, camera: MakeCamera, film: Path
) -> None:
    server = start_rtsp_server({"gate": film})
    source = open_source("gate", camera(server.url("gate")))
    try:
        source.open()
        assert changes(first_pictures(source, 25)) > 5
        server.freeze("gate")
        first_pictures(source, 50)
        assert changes(first_pictures(source, 25)) == 0
        server.thaw("gate")
        first_pictures(source, 50)
        assert changes(first_pictures(source, 25)) > 5
    finally:
        source.close()


def changes(pictures: list[Picture]) -> int:
    images = [picture.rgb(80, 60).astype(np.int16) for picture in pictures]
    return sum(bool(np.abs(after - before).max() > 8) for before, after in itertools.pairwise(images))
