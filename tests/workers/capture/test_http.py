from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from itertools import islice
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest

from crushwatch.errors import SourceError
from crushwatch.site import Camera
from support.clips import draw, make_clip
from support.http_camera import HttpCamera
from workers.capture.choose import open_source
from workers.capture.slot import Slot
from workers.capture.supervise import capture_camera
from workers.capture.tally import Tally

pytestmark = pytest.mark.integration

MakeCamera = Callable[..., Camera]
SECRET = "hunter/2#@:?&%"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[HttpCamera]:
    """An HTTP camera of an odd size over the files of `tmp_path`."""
    server = HttpCamera(tmp_path, list(draw(853, 479, 25)))
    yield server
    server.stop()


def test_mjpeg_comes_as_it_is_sent(camera: MakeCamera, web: HttpCamera) -> None:
    source = open_source("gate", camera(web.url("/live.mjpg")))
    try:
        info = source.open()
        pictures = [picture for picture, _ in islice(source.frames(), 26)]
        started_s = time.monotonic()
        list(islice(source.frames(), 25))
        assert time.monotonic() - started_s == pytest.approx(1.0, abs=0.4)
    finally:
        source.close()
    assert (info.codec, info.width_px, info.height_px) == ("mjpeg", 853, 479)
    images = [picture.rgb(96, 64).astype(int) for picture in pictures]
    assert np.abs(images[0] - images[12]).max() > 50
    assert np.abs(images[0] - images[25]).max() < 8


def test_mjpeg_has_no_clock_of_its_own_and_is_not_late_at_another_rate_than_ffmpeg_takes_it_for(
    camera: MakeCamera, tmp_path: Path
) -> None:
    server, tally = HttpCamera(tmp_path, list(draw(64, 48, 3)), rate_hz=8), Tally()
    source = open_source("gate", camera(server.url("/live.mjpg")), tally)
    source.open()
    pictures = [picture for picture, _ in islice(source.frames(), 5)]
    source.close()
    server.stop()
    assert tally.clock.late_s is None
    assert [picture.time_s for picture in pictures] == [None] * 5


def test_of_a_picture_that_comes_in_part_no_half_is_counted(camera: MakeCamera, tmp_path: Path) -> None:
    drawn = list(draw(320, 240, 6))
    server, tally = HttpCamera(tmp_path, drawn, cut=range(1, 6, 2)), Tally()
    source = open_source("gate", camera(server.url("/live.mjpg")), tally)
    source.open()
    pictures = [picture.rgb(320, 240).astype(int) for picture, _ in islice(source.frames(), 9)]
    source.close()
    server.stop()
    assert {min(range(6), key=lambda k: np.abs(picture - drawn[k]).mean()) for picture in pictures} == {0, 2, 4}
    assert max(min(np.abs(picture - whole).mean() for whole in drawn) for picture in pictures) < 8
    assert tally.decode_errors >= 6


@pytest.mark.parametrize("cut", [(), range(6)], ids=["whole", "cut"])
def test_a_camera_of_which_no_picture_is_whole_says_why_it_gives_none(
    camera: MakeCamera, tmp_path: Path, wait_until: Callable[..., None], cut: Collection[int]
) -> None:
    server = HttpCamera(tmp_path, list(draw(320, 240, 6)), cut=cut)
    capture = capture_camera("gate", camera(server.url("/live.mjpg")), Slot())
    capture.start()
    if cut:
        wait_until(lambda: "its pictures are damaged" in capture.status().reason)
        assert capture.status().frames_decoded == 0
    else:
        wait_until(lambda: capture.status().frames_decoded > 3)
        assert capture.status().reason == ""
    capture.stop()
    server.stop()


def test_mjpeg_that_hangs_in_the_middle_of_a_picture_is_a_stall(camera: MakeCamera, web: HttpCamera) -> None:
    source = open_source("gate", camera(web.url("/live.mjpg"), stall_after_s=1))
    try:
        source.open()
        list(islice(source.frames(), 3))
        web.hang()
        with pytest.raises(SourceError, match=rf"no packet from 127.0.0.1:{web.port} for 1 s"):
            list(source.frames())
    finally:
        source.close()


def test_password_is_used_and_a_wrong_one_is_said_without_being_shown(camera: MakeCamera, tmp_path: Path) -> None:
    server = HttpCamera(tmp_path, list(draw(64, 48, 3)), password=SECRET)
    source = open_source("gate", camera(server.url("/live.mjpg", f"viewer:{quote(SECRET, safe='')}@")))
    source.open()
    assert next(source.frames())
    source.close()
    with pytest.raises(SourceError, match=r"refuses this user and password \(401\)") as caught:
        open_source("gate", camera(server.url("/live.mjpg?token=hunter4", "viewer:hunter3@"))).open()
    assert "hunter" not in str(caught.value)
    server.stop()


def test_film_on_a_web_server_is_played_at_its_own_pace_and_ends(
    camera: MakeCamera, web: HttpCamera, tmp_path: Path
) -> None:
    make_clip(tmp_path / "film.mkv", frames=38)
    source = open_source("gate", camera(web.url("/film.mkv")))
    source.open()
    started_s = time.monotonic()
    assert len(list(source.frames())) == 38
    assert time.monotonic() - started_s == pytest.approx(1.5, abs=0.4)
    source.close()


def test_film_that_is_counted_is_read_as_fast_as_it_comes(camera: MakeCamera, web: HttpCamera, tmp_path: Path) -> None:
    make_clip(tmp_path / "film.mkv", frames=250)
    source = open_source("gate", camera(web.url("/film.mkv")), paced=False)
    source.open()
    started_s = time.monotonic()
    assert len(list(source.frames())) == 250
    assert time.monotonic() - started_s < 5
    source.close()


def write_pieces(folder: Path, count: int) -> None:
    for number in range(count):
        make_clip(folder / f"piece{number}.ts", frames=25, gop=25, start=25 * number)


def write_playlist(folder: Path, first: int, count: int, *, has_end: bool) -> None:
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:1", f"#EXT-X-MEDIA-SEQUENCE:{first}"]
    for number in range(first, first + count):
        lines += ["#EXTINF:1.0,", f"piece{number}.ts"]
    new = folder / "new.m3u8"
    new.write_text("\n".join(lines + ["#EXT-X-ENDLIST"] * has_end) + "\n")
    new.rename(folder / "list.m3u8")


def test_playlist_that_grows_is_followed_at_its_own_pace(camera: MakeCamera, web: HttpCamera, tmp_path: Path) -> None:
    write_pieces(tmp_path, 8)
    write_playlist(tmp_path, 0, 4, has_end=False)
    tally = Tally()
    source = open_source("gate", camera(web.url("/list.m3u8")), tally)
    try:
        info = source.open()
        started_s, shown_s = time.monotonic(), []
        for picture, _ in islice(source.frames(), 100):
            shown_s.append(getattr(picture, "time_s", 0.0))
            playing = int(time.monotonic() - started_s)
            write_playlist(tmp_path, min(playing, 4), 4, has_end=False)
    finally:
        source.close()
    assert (info.width_px, info.height_px) == (320, 240)
    assert tally.decode_errors == 0
    # Two pieces before the end of four: it begins with the third.
    assert web.asked_for[:3] == ["/list.m3u8", "/piece2.ts", "/piece3.ts"]
    assert time.monotonic() - started_s == pytest.approx(4.0, abs=1.0)
    assert shown_s[99] - shown_s[0] == pytest.approx(99 / 25)


def test_playlist_leads_to_no_file_of_this_machine(camera: MakeCamera, web: HttpCamera, tmp_path: Path) -> None:
    make_clip(tmp_path / "secret.ts", frames=10)
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:1", "#EXTINF:1.0,", f"file://{tmp_path}/secret.ts", "#EXT-X-ENDLIST"]
    (tmp_path / "list.m3u8").write_text("\n".join(lines))
    source = open_source("gate", camera(web.url("/list.m3u8")))
    with pytest.raises(SourceError):
        source.open()
    source.close()


def test_missing_path_is_said(camera: MakeCamera, web: HttpCamera) -> None:
    with pytest.raises(SourceError, match=r"has no stream of that path \(404\)"):
        open_source("gate", camera(web.url("/nothing.mjpg"))).open()


def test_silent_host_is_given_up_after_the_time_that_a_person_gave(camera: MakeCamera, silent_port: int) -> None:
    started_s = time.monotonic()
    with pytest.raises(SourceError, match=f"^no HTTP answer from 127.0.0.1:{silent_port} in 1 s$"):
        open_source("gate", camera(f"http://127.0.0.1:{silent_port}/live.mjpg", connect_timeout_s=1)).open()
    assert time.monotonic() - started_s < 2
