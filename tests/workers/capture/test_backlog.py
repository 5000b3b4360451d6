from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.rtsp_server import RtspServer
from workers.capture.backlog import BEHIND_S, MOST_HELD, TRY_S, Backlog

PERIOD_S = 0.04


@dataclass
class Reader:
    """Reads packets that come every 40 ms, a key frame every `key_every`, and decodes those that are due."""

    decode_s: float
    read_s: float = 0.0005
    key_every: int = 25
    backlog: Backlog[int] = field(default_factory=lambda: Backlog(holds=True))
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
            due = self.backlog.due(
                self.number, self.number % self.key_every == 0, late_s=late_s, now_s=self.now_s, decode_s=self.decode_s
            )
            self.now_s += self.decode_s * len(due)
            self.decoded += due
            if due and not self.backlog.is_catching_up:
                self.shown.append((self.number, late_s))
            self.number += 1


def test_after_a_pause_the_next_picture_that_is_shown_is_new() -> None:
    reader = Reader(decode_s=0.004)
    reader.read(10.0)
    before = len(reader.shown)
    reader.now_s += 5.0
    reader.read(20.0)
    number, late_s = reader.shown[before]
    assert late_s < 0.5
    assert number >= 370


def test_what_is_decoded_after_a_pause_begins_with_the_last_key_frame_and_has_no_gap() -> None:
    reader = Reader(decode_s=0.004)
    reader.read(10.0)
    before = len(reader.decoded)
    reader.now_s += 5.0
    reader.read(20.0)
    after = reader.decoded[before:]
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


@given(st.floats(0.03, 0.2))
def test_a_decoder_that_is_too_slow_shows_pictures_that_are_hardly_late_and_goes_on_showing_some(slow_s: float) -> None:
    reader = Reader(decode_s=slow_s)
    reader.read(120.0)
    shown_late_s = [late_s for _, late_s in reader.shown]
    assert max(shown_late_s) <= BEHIND_S
    assert len(shown_late_s) > 120 / slow_s / 5


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
