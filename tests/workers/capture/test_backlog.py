from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from threading import Timer
from time import sleep
from typing import Any

import numpy as np
import pytest
from av.video.frame import VideoFrame
from hypothesis import given
from hypothesis import strategies as st

from crushwatch.errors import SourceError
from crushwatch.site import Camera
from support.clips import make_clip
from support.rtsp_server import RtspServer
from workers.capture.backlog import BEHIND_S, MOST_HELD, TRY_S, Backlog
from workers.capture.choose import open_source
from workers.capture.decode_time import DecodeTime
from workers.capture.decoder import Decoder
from workers.capture.source import Source
from workers.capture.tally import Tally

PERIOD_S = 0.04


@dataclass
class Reader:
    """Reads packets that come every 40 ms, a key frame every `key_every`, and decodes those that are due.

    held_up: how long the decoder is held up once, by the number of the packet in whose decoding it is.
    """

    decode_s: float
    held_up: dict[int, float] = field(default_factory=dict)
    read_s: float = 0.0005
    key_every: int = 25
    backlog: Backlog[int] = field(default_factory=lambda: Backlog(holds=True))
    decode_time: DecodeTime = field(default_factory=DecodeTime)
    now_s: float = 0.0
    number: int = 0
    shown: list[tuple[int, float]] = field(default_factory=list)
    decoded: list[int] = field(default_factory=list)

    def read(self, until_s: float, kept_back_s: float = 0.0) -> None:
        """kept_back_s: so much later than they are stamped the network brings packets."""
        while self.now_s < until_s:
            stamp_s = self.number * PERIOD_S
            self.now_s = max(self.now_s, stamp_s + kept_back_s) + self.read_s
            late_s = self.now_s - stamp_s
            is_key, decode_s = self.number % self.key_every == 0, self.decode_time.per_packet_s
            due = self.backlog.due(self.number, is_key, late_s=late_s, now_s=self.now_s, decode_s=decode_s)
            if due:
                took_s = self.decode_s * len(due) + self.held_up.pop(due[-1], 0.0)
                self.decode_time.add(took_s, len(due))
                self.now_s += took_s
            self.decoded += due
            if due and not self.backlog.is_catching_up:
                self.shown.append((self.number, late_s))
            self.number += 1


@pytest.fixture
def paused() -> tuple[Reader, int, int]:
    """A reader that was held up after ten seconds, and how many pictures it had decoded and shown by then."""
    reader = Reader(decode_s=0.004)
    reader.read(10.0)
    decoded, shown = len(reader.decoded), len(reader.shown)
    reader.now_s += 5.0
    reader.read(20.0)
    return reader, decoded, shown


def test_after_a_pause_the_next_picture_that_is_shown_is_new(paused: tuple[Reader, int, int]) -> None:
    reader, _, shown = paused
    number, late_s = reader.shown[shown]
    assert late_s < 0.5
    assert number >= 370


def test_what_is_decoded_after_a_pause_begins_with_the_last_key_frame_and_has_no_gap(
    paused: tuple[Reader, int, int],
) -> None:
    reader, decoded, _ = paused
    after = reader.decoded[decoded:]
    assert after[0] % 25 == 0
    assert after[0] >= 350
    assert after == list(range(after[0], after[-1] + 1))


@pytest.mark.parametrize("key_every", [250, 100_000])
def test_after_a_pause_nobody_waits_for_a_key_frame_that_is_far_off(key_every: int) -> None:
    reader = Reader(decode_s=0.012, key_every=key_every)
    reader.read(7.0)
    before, decoded = len(reader.shown), len(reader.decoded)
    reader.now_s += 5.0
    reader.read(16.0)
    number, late_s = reader.shown[before]
    assert late_s < 0.5
    assert number * PERIOD_S < 15
    after = reader.decoded[decoded:]
    assert after == list(range(after[0], after[-1] + 1))


@pytest.mark.parametrize("key_every", [250, 1500, 100_000])
@pytest.mark.parametrize("held_up", [{0: 1.5}, {200: 1.5}, {200: 5.0}, {0: 1.2, 200: 1.5}], ids=str)
def test_one_decode_in_which_the_machine_was_busy_is_not_taken_for_a_slow_decoder(
    held_up: dict[int, float], key_every: int
) -> None:
    reader = Reader(decode_s=0.012, key_every=key_every, held_up=dict(held_up))
    reader.read(60.0)
    shown_at_s = [number * PERIOD_S + late_s for number, late_s in reader.shown]
    assert max(np.diff(shown_at_s)) < max(held_up.values()) + 5
    assert max(late_s for _, late_s in reader.shown) <= BEHIND_S
    assert reader.shown[-1][1] < 0.1


@given(st.floats(0.03, 0.5), st.integers(5, 2 * MOST_HELD))
def test_a_decoder_that_is_too_slow_shows_no_late_picture_and_one_at_least_for_each_key_frame(
    slow_s: float, key_every: int
) -> None:
    reader = Reader(decode_s=slow_s, key_every=key_every)
    reader.read(120.0)
    assert max(late_s for _, late_s in reader.shown) <= BEHIND_S
    shown_at_s = [number * PERIOD_S + late_s for number, late_s in reader.shown]
    assert max(np.diff(shown_at_s)) <= max(key_every * PERIOD_S, BEHIND_S) + slow_s


@given(st.floats(0.03, 0.2))
def test_a_decoder_that_is_too_slow_shows_a_good_part_where_key_frames_are_frequent(slow_s: float) -> None:
    reader = Reader(decode_s=slow_s)
    reader.read(120.0)
    assert len(reader.shown) > 120 / slow_s / 5


def test_a_decoder_that_is_too_slow_for_a_camera_without_key_frames_shows_nothing_rather_than_what_is_old() -> None:
    reader = Reader(decode_s=0.06, key_every=100_000)
    reader.read(120.0)
    assert max(late_s for _, late_s in reader.shown) <= BEHIND_S
    assert reader.shown[-1][0] * PERIOD_S < 4


def test_pictures_that_the_network_keeps_back_are_taken_as_they_come_after_one_try() -> None:
    reader = Reader(decode_s=0.004)
    reader.read(10.0)
    reader.read(60.0, kept_back_s=8.0)
    without = [late for late in reader.shown if late[1] > 7.9]
    assert len(without) * PERIOD_S > 60 - 18 - 2 * TRY_S
    reader.read(80.0)
    assert reader.shown[-1][1] < 0.1


def test_a_camera_without_key_frames_misses_none_and_holds_no_more_than_it_may() -> None:
    backlog: Backlog[int] = Backlog(holds=True)
    decoded = [*backlog.due(0, True, late_s=0.0, now_s=0.0, decode_s=0.004)]
    for number in range(1, 3 * MOST_HELD):
        decoded += backlog.due(number, False, late_s=1000.0 - number * 0.04, now_s=number * 0.001, decode_s=0.004)
    assert decoded == list(range(len(decoded)))
    assert len(decoded) > 2 * MOST_HELD


def test_where_only_key_frames_are_decoded_none_that_is_old_is() -> None:
    backlog: Backlog[int] = Backlog(holds=False)
    assert backlog.due(0, True, late_s=0.0, now_s=0.0, decode_s=0.004) == [0]
    assert [list(backlog.due(n, n == 2, late_s=4.0 - n, now_s=3.0, decode_s=0.004)) for n in (1, 2, 3)] == [[], [], []]
    assert backlog.due(4, True, late_s=0.0, now_s=3.1, decode_s=0.004) == [4]


CAPTURE = """
import json, sys, time
from crushwatch.site import Camera
from workers.capture.choose import open_source
source = open_source("gate", Camera.model_validate(json.loads(sys.argv[1])))
source.open()
for picture, _ in source.frames():
    print(json.dumps([time.monotonic(), picture.time_s]), flush=True)
"""


@pytest.mark.integration
def test_what_is_left_out_after_a_pause_is_counted_and_the_pause_is_not_taken_for_a_lost_decoder(
    start_rtsp_server: Callable[..., RtspServer],
    camera: Callable[..., Camera],
    film: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("workers.capture.stream.PICTURELESS_S", 2)
    tally = Tally()
    source = open_source("gate", camera(start_rtsp_server({"gate": film}).url("gate")), tally)
    try:
        source.open()
        frames = source.frames()
        shown = len(list(islice(frames, 30)))
        assert tally.frames_left_out == 0
        sleep(3)
        shown += len(list(islice(frames, 30)))
    finally:
        source.close()
    assert 2.5 * 25 < tally.frames_left_out <= tally.source_frames - shown


def read_until_no_picture_can_be_had(source: Source, patience_s: float) -> None:
    """It ends by itself with that complaint, or is closed when patience is at its end, and the test fails."""
    patience = Timer(patience_s, source.close)
    patience.start()
    try:
        source.open()
        with pytest.raises(SourceError, match="no picture could be decoded"):
            deque(source.frames(), maxlen=0)
    finally:
        patience.cancel()
        source.close()


@pytest.mark.integration
def test_a_camera_of_which_nothing_can_be_shown_in_time_is_connected_anew_for_its_key_frame(
    start_rtsp_server: Callable[..., RtspServer],
    camera: Callable[..., Camera],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decode = Decoder.frames

    def decode_slowly(*args: Any) -> list[VideoFrame]:
        sleep(0.08)
        return decode(*args)

    monkeypatch.setattr("workers.capture.decoder.Decoder.frames", decode_slowly)
    monkeypatch.setattr("workers.capture.backlog.MOST_HELD", 20)
    monkeypatch.setattr("workers.capture.stream.PICTURELESS_S", 1.5)
    film = make_clip(tmp_path / "one_key_frame.mp4", frames=300, gop=300)
    source = open_source("gate", camera(start_rtsp_server({"gate": film}).url("gate")))
    read_until_no_picture_can_be_had(source, patience_s=20)


@pytest.mark.integration
def test_a_camera_whose_pictures_are_all_damaged_is_connected_anew_though_it_is_late_again_and_again(
    start_rtsp_server: Callable[..., RtspServer],
    camera: Callable[..., Camera],
    film: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decoded: list[Any] = []

    def decode_nothing(*args: Any) -> list[VideoFrame]:
        decoded.append(args)
        if len(decoded) % 10 == 0:
            sleep(0.2)
        return []

    monkeypatch.setattr("workers.capture.decoder.Decoder.frames", decode_nothing)
    monkeypatch.setattr("workers.capture.backlog.BEHIND_S", 0.1)
    monkeypatch.setattr("workers.capture.backlog.CAUGHT_UP_S", 0.05)
    monkeypatch.setattr("workers.capture.stream.PICTURELESS_S", 1.5)
    tally = Tally()
    source = open_source("gate", camera(start_rtsp_server({"gate": film}).url("gate")), tally)
    read_until_no_picture_can_be_had(source, patience_s=12)
    assert tally.frames_left_out > 0


@pytest.mark.integration
def test_of_key_frames_only_those_that_are_left_out_after_a_pause_are_counted(
    start_rtsp_server: Callable[..., RtspServer], camera: Callable[..., Camera], film: Path
) -> None:
    tally = Tally()
    watched = camera(start_rtsp_server({"gate": film}).url("gate"), key_frames_only=True)
    source = open_source("gate", watched, tally)
    try:
        source.open()
        frames = source.frames()
        assert len(list(islice(frames, 4))) == 4
        sleep(3)
        assert len(list(islice(frames, 4))) == 4
    finally:
        source.close()
    assert 3 <= tally.frames_left_out <= 12


@pytest.mark.integration
@pytest.mark.parametrize("key_frames_only", [False, True], ids=["all frames", "key frames"])
def test_a_capture_that_stood_still_goes_on_with_the_newest_picture(
    start_rtsp_server: Callable[..., RtspServer], film: Path, key_frames_only: bool
) -> None:
    server = start_rtsp_server({"gate": film})
    camera = {"source": server.url("gate"), "analysis_rate_hz": 25, "key_frames_only": key_frames_only}
    capture = subprocess.Popen([sys.executable, "-c", CAPTURE, json.dumps(camera)], stdout=subprocess.PIPE, text=True)
    try:
        before = [pair for pair in pictures(capture, 8) if pair[1] is not None]
        capture.send_signal(signal.SIGSTOP)
        sleep(4)
        capture.send_signal(signal.SIGCONT)
        after = [pair for pair in pictures(capture, 15) if pair[0] > before[-1][0] + 3][1:]  # one was in its hands
    finally:
        capture.kill()
        capture.communicate()
    best_s = min(now_s - stamp_s for now_s, stamp_s in before + after)
    assert after
    assert max(now_s - stamp_s - best_s for now_s, stamp_s in after) < 2
    assert max(stamp_s for _, stamp_s in after) > before[-1][1] + 3


def pictures(capture: subprocess.Popen[str], count: int) -> list[tuple[float, float]]:
    """When each of the next `count` pictures came, and how the stream stamps it."""
    assert capture.stdout is not None
    lines = (line for line in capture.stdout if line.startswith("["))  # others are its log
    return [tuple(json.loads(next(lines))) for _ in range(count)]
