from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import numpy as np
import psutil
import pytest
import structlog

from crushwatch.errors import SourceError
from crushwatch.site import Camera
from support.clips import draw, make_clip
from support.http_camera import HttpCamera
from support.ports import free_port
from support.rtsp_server import RtspServer
from workers.capture.picture import ArrayPicture
from workers.capture.slot import Slot
from workers.capture.source import Picture, Source, SourceInfo, Truth
from workers.capture.supervise import Capture, CaptureState, capture_camera
from workers.capture.tally import Tally

MakeCamera = Callable[..., Camera]
StartServer = Callable[..., RtspServer]
Wait = Callable[..., None]

INFO = SourceInfo("none", 2, 2, None)
PICTURE = ArrayPicture(np.zeros((2, 2, 3), np.uint8))


class Script:
    """A source that gives `pictures` and then ends or raises."""

    def __init__(self, pictures: int, then: Exception | None = None) -> None:
        self._pictures = pictures
        self._then = then

    def open(self) -> SourceInfo:
        return INFO

    def frames(self) -> Iterator[tuple[Picture, Truth | None]]:
        for _ in range(self._pictures):
            yield PICTURE, None
        if self._then:
            raise self._then

    def close(self) -> None:
        pass


def at_once(_attempt: int, _draw: float) -> float:
    return 0.01


@pytest.fixture
def captures() -> Iterator[list[Capture]]:
    """Stopped at the end, each within two seconds."""
    running: list[Capture] = []
    yield running
    for capture in running:
        started_s = time.monotonic()
        capture.stop()
        assert time.monotonic() - started_s < 2
        assert capture.status().state is CaptureState.STOPPED


def started(captures: list[Capture], capture: Capture) -> Capture:
    captures.append(capture)
    capture.start()
    return capture


def test_sequence_counts_up_over_reconnections_and_both_clocks_are_kept(
    captures: list[Capture], wait_until: Wait
) -> None:
    slot = Slot()
    capture = started(captures, Capture("gate", lambda _tally: Script(10), slot, pause_s=at_once))
    wait_until(lambda: capture.status().reconnects >= 3)
    capture.stop()
    newest, status = slot.newest(), capture.status()
    assert newest is not None
    assert newest.sequence == status.frames_decoded - 1 >= 39
    assert newest.captured_at == status.last_frame_at
    assert newest.captured_at.utcoffset() is not None
    assert abs(newest.captured_at.timestamp() - time.time() + time.monotonic() - newest.captured_monotonic_s) < 0.1
    assert status.frames_dropped == newest.sequence


def test_fault_of_any_kind_becomes_a_reason_and_is_tried_again(captures: list[Capture], wait_until: Wait) -> None:
    faults = [SourceError("no RTSP answer"), ZeroDivisionError("in the driver"), MemoryError()]
    reasons: list[str] = []

    def make(_tally: Tally) -> Source:
        reasons.append(capture.status().reason)
        return Script(0, faults.pop(0)) if faults else Script(1)

    capture = Capture("gate", make, Slot(), pause_s=at_once)
    started(captures, capture)
    wait_until(lambda: len(reasons) >= 5)
    assert reasons[:4] == [
        "",
        "no RTSP answer",
        "unexpected fault: ZeroDivisionError: in the driver",
        "unexpected fault: MemoryError: ",
    ]


def test_source_that_cannot_even_be_made_becomes_a_reason(captures: list[Capture], wait_until: Wait) -> None:
    def make(_tally: Tally) -> Source:
        raise SourceError("the address has no host")

    capture = started(captures, Capture("gate", make, Slot(), pause_s=at_once))
    wait_until(lambda: capture.status().attempt >= 3)
    assert capture.status().state is CaptureState.WAITING
    assert capture.status().reason == "the address has no host"


def test_waits_grow_while_a_camera_is_away_and_say_when_the_next_try_comes(
    captures: list[Capture], wait_until: Wait
) -> None:
    asked: list[int] = []

    def pause_s(attempt: int, _draw: float) -> float:
        asked.append(attempt)
        return 0.01 if attempt < 4 else 60.0

    capture = started(captures, Capture("gate", lambda _tally: Script(0), Slot(), pause_s=pause_s))
    wait_until(lambda: len(asked) == 4 and capture.status().next_try_at is not None)
    status = capture.status()
    assert asked == [1, 2, 3, 4]
    assert status.next_try_at is not None
    assert 55 < status.next_try_at.timestamp() - time.time() <= 60
    assert status.attempt == 4


def test_failed_tries_are_logged_as_a_person_wants_to_read_them(captures: list[Capture], wait_until: Wait) -> None:
    with structlog.testing.capture_logs() as logs:
        capture = Capture("north-gate", lambda _tally: Script(0, SourceError("no answer")), Slot(), pause_s=at_once)
        started(captures, capture)
        wait_until(lambda: capture.status().attempt >= 9)
        capture.stop()
    lines = [line["event"] for line in logs]
    assert lines[0] == "camera north-gate: no answer (attempt 1, next in 0 s)"
    assert len(lines) <= 5
    assert {line["camera"] for line in logs} == {"north-gate"}


def test_file_that_plays_once_has_ended_and_is_not_opened_again(
    captures: list[Capture], camera: MakeCamera, tmp_path: Path, wait_until: Wait
) -> None:
    path = make_clip(tmp_path / "film.mp4", frames=10)
    capture = started(captures, capture_camera("gate", camera(path, loop=False), Slot()))
    wait_until(lambda: capture.status().state is CaptureState.ENDED)
    assert capture.status().frames_decoded == 10


def test_status_says_the_size_that_the_picture_has_now(
    captures: list[Capture], camera: MakeCamera, tmp_path: Path, wait_until: Wait
) -> None:
    film = tmp_path / "film.ts"
    parts = [
        make_clip(tmp_path / f"{number}.ts", size_px=size, frames=10, start=10 * number).read_bytes()
        for number, size in enumerate([(320, 240), (640, 360)])
    ]
    film.write_bytes(b"".join(parts))
    capture = started(captures, capture_camera("gate", camera(film, loop=False), Slot()))
    wait_until(lambda: capture.status().state is CaptureState.ENDED)
    info = capture.status().info
    assert info is not None
    assert (info.width_px, info.height_px) == (640, 360)


def test_stopping_one_that_was_never_started_does_no_harm() -> None:
    Capture("gate", lambda _tally: Script(1), Slot()).stop()


@pytest.mark.integration
@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_camera_whose_server_dies_is_waited_for_and_comes_back(
    captures: list[Capture],
    start_rtsp_server: StartServer,
    camera: MakeCamera,
    film: Path,
    wait_until: Wait,
    transport: str,
) -> None:
    server = start_rtsp_server({"gate": film})
    slot = Slot()
    capture = capture_camera("gate", camera(server.url("gate"), transport=transport, stall_after_s=1), slot)
    started(captures, capture)
    wait_until(lambda: capture.status().frames_decoded >= 10)
    first = capture.status()
    assert first.state is CaptureState.CONNECTED
    assert first.reason == ""
    assert (first.info and first.info.codec) == "h264"

    server.kill()
    wait_until(lambda: "refuses the connection" in capture.status().reason, within_s=15)
    lost = capture.status()
    assert lost.state is CaptureState.WAITING
    assert lost.attempt >= 1

    server.start()
    wait_until(lambda: capture.status().state is CaptureState.CONNECTED, within_s=20)
    back = capture.status()
    assert back.reconnects == 1
    assert back.frames_decoded > lost.frames_decoded
    newest = slot.newest()
    assert newest is not None
    assert newest.sequence >= lost.frames_decoded
    wait_until(lambda: capture.status().source_rate_hz == pytest.approx(25, abs=4), within_s=15)


@pytest.mark.integration
def test_camera_that_hangs_is_had_back_when_it_goes_on(
    captures: list[Capture], start_rtsp_server: StartServer, camera: MakeCamera, film: Path, wait_until: Wait
) -> None:
    server = start_rtsp_server({"gate": film})
    capture = started(captures, capture_camera("gate", camera(server.url("gate"), stall_after_s=1), Slot()))
    wait_until(lambda: capture.status().state is CaptureState.CONNECTED)
    server.hang()
    wait_until(lambda: capture.status().state is CaptureState.WAITING)
    assert capture.status().reason == f"no packet from 127.0.0.1:{server.port} for 1 s"
    server.resume()
    wait_until(lambda: capture.status().state is CaptureState.CONNECTED, within_s=15)


@pytest.mark.integration
def test_stop_returns_within_two_seconds_while_the_network_hangs(
    start_rtsp_server: StartServer, camera: MakeCamera, film: Path, silent_port: int, wait_until: Wait
) -> None:
    server = start_rtsp_server({"gate": film})
    patient = {"connect_timeout_s": 60, "stall_after_s": 60}
    playing = capture_camera("playing", camera(server.url("gate"), **patient), Slot())
    opening = capture_camera("opening", camera(f"rtsp://127.0.0.1:{silent_port}/x", **patient), Slot())
    fetching = capture_camera("fetching", camera(f"http://127.0.0.1:{silent_port}/x", **patient), Slot())
    for capture in (playing, opening, fetching):
        capture.start()
    wait_until(lambda: playing.status().state is CaptureState.CONNECTED)
    server.hang()
    time.sleep(0.5)
    for capture in (playing, opening, fetching):
        started_s = time.monotonic()
        capture.stop()
        assert time.monotonic() - started_s < 2
        assert capture.status().state is CaptureState.STOPPED
    frames = playing.status().frames_decoded
    server.resume()
    time.sleep(0.5)
    assert playing.status().frames_decoded == frames


@pytest.mark.integration
def test_many_cameras_start_and_stop_without_leaving_threads_or_connections(
    start_rtsp_server: StartServer, camera: MakeCamera, film: Path, wait_until: Wait
) -> None:
    server = start_rtsp_server({"gate": film})
    before = threading.active_count()
    running = [capture_camera(f"gate-{number}", camera(server.url("gate")), Slot()) for number in range(6)]
    for capture in running:
        capture.start()
    wait_until(lambda: all(capture.status().frames_decoded >= 5 for capture in running), within_s=20)
    for capture in running:
        capture.stop()
    wait_until(lambda: threading.active_count() <= before, within_s=5)
    wait_until(lambda: not [one for one in psutil.Process().net_connections("tcp") if one.raddr[1:] == (server.port,)])


@pytest.mark.integration
def test_no_secret_is_ever_said_whatever_goes_wrong(
    start_rtsp_server: StartServer,
    camera: MakeCamera,
    film: Path,
    tmp_path: Path,
    silent_port: int,
    wait_until: Wait,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    secret = "hunter2"
    rtsp = start_rtsp_server({"gate": film}, users={"viewer": secret})
    web = HttpCamera(tmp_path, list(draw(64, 48, 3)), password=secret)
    closed_port = free_port()
    hostile = quote("hunter2/#@:?&%", safe="")
    sources = {
        "right": rtsp.url("gate", user="viewer", password=secret),
        "wrong": rtsp.url("gate", user="viewer", password=f"not-{secret}"),
        "no-such-path": rtsp.url(f"{secret}?token={secret}", user="viewer", password=secret),
        "refused": f"rtsp://viewer:{secret}@127.0.0.1:{closed_port}/{secret}",
        "silent": f"rtsp://viewer:{secret}@127.0.0.1:{silent_port}/x?password={secret}",
        "unknown-host": f"rtsp://viewer:{secret}@no-such-host.invalid/x",
        "hostile": f"rtsp://viewer:{hostile}@127.0.0.1:{silent_port}/x",
        "http-right": web.url("/live.mjpg", f"viewer:{secret}@"),
        "http-wrong": web.url(f"/live.mjpg?auth={secret}", f"viewer:not-{secret}@"),
        "http-missing": web.url(f"/{secret}.m3u8", f"viewer:{secret}@"),
    }
    caplog.set_level(logging.DEBUG)
    running = {
        name: capture_camera(name, camera(source, connect_timeout_s=1, stall_after_s=1), Slot())
        for name, source in sources.items()
    }
    for capture in running.values():
        capture.start()
    wait_until(
        lambda: all(one.status().frames_decoded > 0 or one.status().attempt > 0 for one in running.values()),
        within_s=30,
    )
    statuses = {name: capture.status() for name, capture in running.items()}
    rtsp.kill()
    web.stop()
    wait_until(lambda: running["right"].status().attempt > 0, within_s=10)
    later = [capture.status() for capture in running.values()]
    command_lines = [process.cmdline() for process in (psutil.Process(), *psutil.Process().children())]
    for capture in running.values():
        capture.stop()
    said = "\n".join([*capfd.readouterr(), caplog.text, repr(statuses), repr(later), repr(command_lines)])
    assert "hunter" not in said.replace(str(Path(__file__)), "")
    assert statuses["right"].frames_decoded > 0
    assert statuses["http-right"].frames_decoded > 0
    assert "(401)" in statuses["wrong"].reason
    assert statuses["hostile"].reason == f"no RTSP answer from 127.0.0.1:{silent_port} in 1 s"
    assert "no-such-host.invalid cannot be looked up" in statuses["unknown-host"].reason
