from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from crushwatch.errors import SourceError
from workers.capture.detached import OVERSLEPT_S, DetachedSource
from workers.capture.picture import ArrayPicture
from workers.capture.source import Picture, SourceInfo, Truth

INFO = SourceInfo("none", 2, 2, None)
PICTURE = ArrayPicture(np.zeros((2, 2, 3), np.uint8))


class Stubborn:
    """A source that hangs where it is told to, deaf to `close`, as a driver or a name server does."""

    def __init__(self, *, hangs_in_open: bool = False, pictures: int = 0, then_hangs: bool = False) -> None:
        self._hangs_in_open = hangs_in_open
        self._pictures = pictures
        self._then_hangs = then_hangs
        self.let_go = threading.Event()
        self.given = 0
        self.closed = 0

    def open(self) -> SourceInfo:
        if self._hangs_in_open:
            self.let_go.wait(30)
        return INFO

    def frames(self) -> Iterator[tuple[Picture, Truth | None]]:
        for _ in range(self._pictures):
            self.given += 1
            yield PICTURE, None
        if self._then_hangs:
            self.let_go.wait(30)

    def close(self) -> None:
        self.closed += 1


def in_time(call: Callable[[], object], within_s: float = 1.0) -> None:
    started_s = time.monotonic()
    call()
    assert time.monotonic() - started_s < within_s


def test_pictures_come_in_order_and_end_with_the_source() -> None:
    source = DetachedSource(Stubborn(pictures=100), "gate", open_within_s=1)
    assert source.open() == INFO
    assert len(list(source.frames())) == 100
    source.close()


def test_source_reads_at_most_two_pictures_ahead_of_who_takes_them() -> None:
    inner = Stubborn(pictures=100)
    source = DetachedSource(inner, "gate", open_within_s=1)
    source.open()
    frames = source.frames()
    next(frames)
    time.sleep(0.2)
    assert inner.given <= 3
    source.close()


def test_open_that_hangs_is_left_behind_after_its_time() -> None:
    inner = Stubborn(hangs_in_open=True)
    source = DetachedSource(inner, "gate", open_within_s=0.3)
    with pytest.raises(SourceError, match=r"did not open in 0\.3 s"):
        in_time(source.open)
    inner.let_go.set()


def test_read_that_hangs_is_left_behind_after_its_time() -> None:
    inner = Stubborn(pictures=2, then_hangs=True)
    source = DetachedSource(inner, "gate", open_within_s=1, stall_after_s=0.3)
    source.open()
    with pytest.raises(SourceError, match=r"no picture for 0\.3 s"):
        in_time(lambda: list(source.frames()))
    inner.let_go.set()


def test_read_that_hears_its_camera_is_waited_for_and_once_it_does_not_what_it_waits_for_is_ended() -> None:
    inner, heard, stalls = Stubborn(pictures=1, then_hangs=True), [1, 2, 3], list[float]()
    began_s = time.monotonic()
    source = DetachedSource(
        inner,
        "gate",
        open_within_s=1,
        stall_after_s=0.1,
        pulse=lambda: heard.pop(0) if len(heard) > 1 else heard[0],
        on_stall=lambda: stalls.append(time.monotonic() - began_s),
    )
    source.open()
    with pytest.raises(SourceError, match=r"no picture for 0\.1 s"):
        list(source.frames())
    assert len(stalls) == 1
    inner.let_go.set()


@pytest.mark.parametrize("hangs_in_open", [True, False], ids=["in-open", "in-a-read"])
def test_closing_from_another_thread_frees_the_reader_at_once(hangs_in_open: bool) -> None:
    inner = Stubborn(hangs_in_open=hangs_in_open, then_hangs=True)
    source = DetachedSource(inner, "gate", open_within_s=30)
    threading.Timer(0.2, source.close).start()

    def read() -> None:
        if hangs_in_open:
            with pytest.raises(SourceError, match="closed while it was being opened"):
                source.open()
        else:
            source.open()
            assert list(source.frames()) == []

    in_time(read)
    inner.let_go.set()


def test_fault_of_the_source_comes_out_where_it_is_read_and_closes_it() -> None:
    class Broken(Stubborn):
        def frames(self) -> Iterator[tuple[Picture, Truth | None]]:
            yield PICTURE, None
            raise ZeroDivisionError("inside the driver")

    inner = Broken()
    source = DetachedSource(inner, "gate", open_within_s=1)
    source.open()
    with pytest.raises(ZeroDivisionError, match="inside the driver"):
        list(source.frames())
    deadline_s = time.monotonic() + 2
    while not inner.closed and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert inner.closed


def test_closing_twice_or_before_opening_does_no_harm() -> None:
    source = DetachedSource(Stubborn(pictures=1), "gate", open_within_s=1)
    source.close()
    source.close()
    with pytest.raises(SourceError, match="closed"):
        source.open()


WATCHES = """
import time
import numpy as np
from workers.capture.detached import OVERSLEPT_S, DetachedSource
from workers.capture.picture import ArrayPicture
from workers.capture.source import SourceInfo

class Camera:
    def open(self):
        return SourceInfo("none", 2, 2, None)

    def frames(self):
        while True:
            for _ in range(6):
                time.sleep(0.1)  # what lies before the next picture is still to be waited for after a pause
            yield ArrayPicture(np.zeros((2, 2, 3), np.uint8)), None

    def close(self):
        pass

source = DetachedSource(Camera(), "gate", open_within_s=5, stall_after_s=1.0)
source.open()
for _ in source.frames():
    print("picture", flush=True)
"""


def test_a_camera_is_not_left_because_the_whole_process_stood_still() -> None:
    child = subprocess.Popen([sys.executable, "-c", WATCHES], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "picture\n"
    child.send_signal(signal.SIGSTOP)
    time.sleep(OVERSLEPT_S + 1.5)
    child.send_signal(signal.SIGCONT)
    seen = [child.stdout.readline() for _ in range(3)]
    child.kill()
    _said, complained = child.communicate(timeout=10)
    assert (seen, complained) == (["picture\n"] * 3, "")
