from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import av
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from support.clips import draw, make_clip
from workers.capture.damage import HELD_S, Damage
from workers.capture.stream import AvStream, StreamSettings
from workers.capture.tally import Tally

LOG = structlog.get_logger("test")
GOP, FRAMES = 10, 60
PARAMETERS = re.compile(rb"\x00\x00\x01\x67.*?(?=\x00\x00\x00?\x01[\x06\x65])", re.DOTALL)


@given(struck=st.sets(st.integers(0, 59)), codec=st.sampled_from(["h264", "hevc"]))
def test_no_picture_is_shown_between_one_that_is_damaged_and_the_next_whole_key_frame(
    struck: set[int], codec: str
) -> None:
    damage, shown = Damage(codec), set()
    for stamp in range(FRAMES):
        if stamp in struck:
            damage.struck(stamp, stamp * 0.04)
        if damage.spares(stamp, is_key=stamp % GOP == 0, now_s=stamp * 0.04):
            shown.add(stamp)
    for stamp in range(FRAMES):
        since_key = set(range(stamp // GOP * GOP, stamp + 1))
        if codec == "h264":
            assert (stamp in shown) == (not since_key & struck)
        elif stamp in shown:
            assert not since_key & struck


def test_without_further_damage_pictures_are_shown_again_where_key_frames_are_rare() -> None:
    damage = Damage()
    damage.struck(1, 0.0)
    assert not damage.spares(2, is_key=False, now_s=HELD_S)
    assert damage.spares(3, is_key=False, now_s=HELD_S + 0.1)


def with_a_hole(film: Path, damaged: Path, number: int) -> None:
    """The same film; of the packet of that number the middle third is missing, as where datagrams were lost."""
    with av.open(str(film)) as whole, av.open(str(damaged), "w") as holed:
        stream = holed.add_stream_from_template(whole.streams.video[0])
        for index, packet in enumerate(packet for packet in whole.demux(video=0) if packet.size):
            data = bytes(packet)
            third = len(data) // 3
            hurt = av.Packet(data if index != number else data[:third] + data[2 * third :])
            hurt.pts, hurt.dts, hurt.time_base = packet.pts, packet.dts, packet.time_base
            hurt.is_keyframe, hurt.stream = packet.is_keyframe, stream
            holed.mux(hurt)


def shown_of(film: Path, tally: Tally, *, loses_packets: bool) -> list[int]:
    """The numbers of the pictures that are given on."""
    stream = AvStream(f"file:{film}", StreamSettings("video", "here", loses_packets=loses_packets), tally, LOG)
    stream.open()
    try:
        return [round((picture.time_s or 0.0) * 25) for picture in stream.pictures()]
    finally:
        stream.close()


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_what_follows_a_damaged_picture_is_not_shown_where_packets_are_lost(tmp_path: Path, codec: str) -> None:
    film, tally = make_clip(tmp_path / "whole.mkv", codec=codec, size_px=(640, 480), frames=FRAMES, gop=GOP), Tally()
    with_a_hole(film, tmp_path / "holed.mkv", 23)
    shown = shown_of(tmp_path / "holed.mkv", tally, loses_packets=True)
    assert set(shown) >= {*range(23), *range(40, FRAMES)}
    assert not set(shown) & set(range(23, 30))
    assert tally.decode_errors >= 1


def test_over_a_connection_that_loses_nothing_the_decoder_may_guess(tmp_path: Path) -> None:
    film, tally = make_clip(tmp_path / "whole.mkv", size_px=(640, 480), frames=FRAMES, gop=GOP), Tally()
    with_a_hole(film, tmp_path / "holed.mkv", 23)
    assert set(shown_of(tmp_path / "holed.mkv", tally, loses_packets=False)) >= set(range(24, FRAMES))


def with_key_frames_cut_in_two(path: Path) -> Path:
    """As a server sends an encoder's slices that puts the stream's parameters before each slice of a key frame."""
    encoder = av.VideoCodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 320, 240, "yuv420p", Fraction(1, 25)
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "x264-params": f"slices=2:keyint={GOP}:aud=1"}
    pictures = [av.VideoFrame.from_ndarray(picture, format="rgb24") for picture in draw(320, 240, FRAMES)]
    packets = [bytes(packet) for picture in [*pictures, None] for packet in encoder.encode(picture)]
    slice_, parameters = b"\0\0\1\x65", re.search(PARAMETERS, packets[0])
    assert parameters is not None
    parts = [packet.split(slice_) for packet in packets]
    path.write_bytes(b"".join(part[0] + b"".join(parameters[0] + slice_ + rest for rest in part[1:]) for part in parts))
    return path


def test_key_frames_that_a_server_cuts_in_two_hold_nothing_back(tmp_path: Path) -> None:
    film, tally = with_key_frames_cut_in_two(tmp_path / "film.h264"), Tally()
    stream = AvStream(f"file:{film}", StreamSettings("video", "here", loses_packets=True), tally, LOG)
    stream.open()
    pictures = list(stream.pictures())
    stream.close()
    assert tally.decode_errors >= FRAMES // GOP
    assert len(pictures) >= FRAMES * (GOP - 1) // GOP
