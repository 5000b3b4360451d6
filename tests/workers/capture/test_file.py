from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import av
import pytest
from structlog.testing import capture_logs

from crushwatch.errors import SourceError
from crushwatch.site import Camera
from support.clips import make_clip
from workers.capture.choose import open_source
from workers.capture.picture import AvPicture
from workers.capture.tally import Tally

MakeCamera = Callable[..., Camera]


def read_all(camera: Camera, tally: Tally | None = None) -> list[AvPicture]:
    source = open_source("gate", camera, tally, paced=False)
    source.open()
    pictures = [picture for picture, _ in source.frames()]
    source.close()
    assert all(isinstance(picture, AvPicture) for picture in pictures)
    return pictures  # type: ignore[return-value]  # asserted


@pytest.mark.parametrize(
    ("codec", "b_frames"),
    [("h264", 0), ("h264", 2), ("hevc", 0), ("hevc", 2), ("mjpeg", 0)],
    ids=["h264", "h264-with-b-frames", "h265", "h265-with-b-frames", "mjpeg"],
)
def test_file_read_once_gives_every_frame_in_order_and_ends(
    camera: MakeCamera, tmp_path: Path, codec: str, b_frames: int
) -> None:
    path = make_clip(tmp_path / "film.mkv", codec=codec, b_frames=b_frames, size_px=(853, 479), frames=30)
    pictures = read_all(camera(path, loop=False, analysis_rate_hz=1))
    assert [round(25 * (picture.time_s or 0)) for picture in pictures] == list(range(30))
    assert {(picture.width_px, picture.height_px) for picture in pictures} == {(853, 479)}


def test_file_that_is_watched_is_played_at_its_own_pace_round_and_round(camera: MakeCamera, tmp_path: Path) -> None:
    source = open_source("gate", camera(make_clip(tmp_path / "film.mp4", frames=15)))
    source.open()
    started_s = time.monotonic()
    pictures = list(islice(source.frames(), 51))
    assert time.monotonic() - started_s == pytest.approx(2.0, abs=0.35)
    assert len(pictures) == 51
    source.close()


def test_watched_file_that_is_analysed_rarely_leaves_out_frames_that_no_other_refers_to(
    camera: MakeCamera, tmp_path: Path
) -> None:
    path = make_clip(tmp_path / "film.mp4", b_frames=2, frames=25)
    source = open_source("gate", camera(path, loop=False, analysis_rate_hz=2))
    source.open()
    assert 5 <= len(list(source.frames())) < 25
    source.close()


def test_closing_ends_a_paced_file_at_once(camera: MakeCamera, film: Path) -> None:
    source = open_source("gate", camera(film))
    source.open()
    frames = source.frames()
    next(frames)
    source.close()
    assert list(frames) == []


def test_key_frames_only_gives_the_key_frames(camera: MakeCamera, film: Path) -> None:
    pictures = read_all(camera(film, loop=False, key_frames_only=True))
    assert [round(25 * (picture.time_s or 0)) for picture in pictures] == [0, 10, 20, 30, 40]


def test_stream_that_changes_its_size_midway_goes_on_at_the_new_size(camera: MakeCamera, tmp_path: Path) -> None:
    film = tmp_path / "film.ts"
    with film.open("wb") as whole:
        for number, size in enumerate([(320, 240), (640, 360), (160, 120)]):
            part = make_clip(tmp_path / f"{number}.ts", size_px=size, frames=20, start=20 * number)
            whole.write(part.read_bytes())
    tally = Tally()
    pictures = read_all(camera(film, loop=False), tally)
    sizes = [(picture.width_px, picture.height_px) for picture in pictures]
    assert sizes == [(320, 240)] * 20 + [(640, 360)] * 20 + [(160, 120)] * 20
    assert {picture.rgb(96, 64).shape for picture in pictures} == {(64, 96, 3)}


def overwritten(data: bytes, chance: random.Random) -> bytes:
    """A stretch of noise in 25 places."""
    ruined = bytearray(data)
    for _ in range(25):
        place = chance.randrange(len(data) // 10, len(data) - 200)
        ruined[place : place + 120] = chance.randbytes(120)
    return bytes(ruined)


def with_losses(data: bytes, chance: random.Random) -> bytes:
    """25 packets of the transport stream gone."""
    packets = [data[start : start + 188] for start in range(0, len(data), 188)]
    lost = set(chance.sample(range(len(packets) // 10, len(packets)), 25))
    return b"".join(packet for number, packet in enumerate(packets) if number not in lost)


@pytest.mark.parametrize(
    ("codec", "damage"),
    [("h264", overwritten), ("h264", with_losses), ("hevc", with_losses)],
    ids=["h264-overwritten", "h264-lost", "h265-lost"],
)
def test_damaged_packets_are_counted_and_rolled_up_in_one_line_and_the_film_goes_on(
    camera: MakeCamera, tmp_path: Path, codec: str, damage: Callable[[bytes, random.Random], bytes]
) -> None:
    whole = make_clip(tmp_path / "whole.ts", codec=codec, frames=200)
    film = tmp_path / "damaged.ts"
    film.write_bytes(damage(whole.read_bytes(), random.Random(3)))
    tally = Tally()
    with capture_logs() as logs:
        pictures = read_all(camera(film, loop=False), tally)
    assert tally.decode_errors >= 5
    assert 100 <= len(pictures) < 200
    times_s = [picture.time_s for picture in pictures if picture.time_s is not None]
    assert max(times_s) - min(times_s) > 7
    lines = [line for line in logs if line["event"].startswith("decode errors: ")]
    assert 1 <= len(lines) <= 3
    assert lines[0]["camera"] == "gate"


def test_file_that_is_cut_off_gives_what_there_is(camera: MakeCamera, tmp_path: Path) -> None:
    whole = make_clip(tmp_path / "whole.ts", frames=60).read_bytes()
    (tmp_path / "cut.ts").write_bytes(whole[: len(whole) // 2])
    assert 10 <= len(read_all(camera(tmp_path / "cut.ts", loop=False))) < 60


def test_file_without_pictures_that_can_be_decoded_is_an_error_and_no_endless_loop(
    camera: MakeCamera, tmp_path: Path
) -> None:
    whole = make_clip(tmp_path / "whole.ts", frames=30).read_bytes()
    ruined = bytearray(whole)
    for start in range(188 * 3, len(ruined) - 188, 188):
        ruined[start + 24 : start + 188] = bytes(164)
    (tmp_path / "ruined.ts").write_bytes(ruined)
    with pytest.raises(SourceError, match=r"ruined\.ts"):
        read_all(camera(tmp_path / "ruined.ts"))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("missing.mp4", None, "no such file"),
        ("text.mp4", b"this is no film at all, only words" * 50, "nothing that can be read as video"),
        ("empty.mp4", b"", "nothing that can be read as video"),
    ],
    ids=["missing", "text", "empty"],
)
def test_what_is_no_film_is_said(
    camera: MakeCamera, tmp_path: Path, name: str, content: bytes | None, says: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=says):
        open_source("gate", camera(tmp_path / name)).open()


def test_sound_without_a_picture_is_said(camera: MakeCamera, tmp_path: Path) -> None:
    with av.open(str(tmp_path / "sound.wav"), "w") as sound:
        stream = sound.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame("s16", "mono", 800)
        frame.sample_rate, frame.pts = 8000, 0
        sound.mux(stream.encode(frame))
        sound.mux(stream.encode(None))
    with pytest.raises(SourceError, match=r"no picture that can be decoded, only audio"):
        open_source("gate", camera(tmp_path / "sound.wav")).open()


@pytest.mark.parametrize("name", ["a gate: north.mp4", "concat:x.mp4", "50%20.mp4", "tür.mp4"])
def test_file_may_have_any_name(camera: MakeCamera, film: Path, tmp_path: Path, name: str) -> None:
    shutil.copy(film, tmp_path / name)
    assert len(read_all(camera(tmp_path / name, loop=False))) == 50


def test_playlist_in_a_file_leads_to_no_network(camera: MakeCamera, tmp_path: Path) -> None:
    playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/piece.ts\n#EXT-X-ENDLIST\n"
    (tmp_path / "list.m3u8").write_text(playlist)
    with pytest.raises(SourceError):
        open_source("gate", camera(tmp_path / "list.m3u8")).open()


@pytest.mark.parametrize("clip", ["plaza.mp4", "crosswalk.mp4", "shop_hevc_1080p.mp4", "stadium.mp4"])
def test_real_clip_is_read_to_its_end(camera: MakeCamera, data_folder: Path, clip: str) -> None:
    path = data_folder / "video" / clip
    with av.open(str(path)) as film:
        declared = film.streams.video[0].frames
    tally = Tally()
    source = open_source("gate", camera(path, loop=False), tally, paced=False)
    source.open()
    assert sum(1 for _ in source.frames()) == declared
    source.close()
    assert tally.decode_errors == 0
