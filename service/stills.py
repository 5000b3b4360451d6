"""One picture of a camera in its own size, asked of the worker that watches it: a thread that listens only while
somebody waits. What it heard is handed on and kept nowhere.
"""

from __future__ import annotations

import base64
import math
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from crushwatch.bus import STILL_EVERY_S, Bus
from crushwatch.errors import BusError, CrushwatchError
from crushwatch.messages import Still

ANSWER_WITHIN_S = 6.0
CAMERAS_AT_MOST = 4
"""Of so many cameras stills are awaited at a time."""
BLOCK_S = 0.25
STOPS = "The service stops."
PAUSE_S = 1.0

log = structlog.get_logger("crushwatch.service.stills")


class NoStillError(CrushwatchError):
    """A still that did not come."""


class TooManyStillsError(CrushwatchError):
    """A still that may not be asked for yet; `wait_s` says for how long."""

    def __init__(self, text: str, wait_s: float) -> None:
        super().__init__(text)
        self.wait_s = wait_s


@dataclass(frozen=True)
class StillPicture:
    """A still as it came."""

    captured_at: datetime
    jpeg: bytes


@dataclass
class _Asked:
    until_s: float
    answer: Future[StillPicture] = field(default_factory=Future)
    is_passed_on: bool = False


class Stills(threading.Thread):
    """Runs until `stop`."""

    def __init__(self, bus: Bus) -> None:
        super().__init__(name="stills", daemon=True)
        self._bus = bus
        self._lock = threading.Lock()
        self._asked: dict[str, _Asked] = {}
        self._came_at_s: dict[str, float] = {}
        self._something = threading.Event()
        self._stopping = threading.Event()

    def ask(self, camera: str) -> Future[StillPicture]:
        """From any thread. Who asks while another waits for this camera gets the same still.

        Raises TooManyStillsError, or NoStillError once it is stopped; the future has one where no worker answers.
        """
        with self._lock:
            if self._stopping.is_set():
                raise NoStillError(STOPS)
            if camera not in self._asked:
                self._refuse_too_many(camera, time.monotonic())
                self._asked[camera] = _Asked(time.monotonic() + ANSWER_WITHIN_S)
                self._something.set()
            return self._asked[camera].answer

    def run(self) -> None:
        """Ask, hand on; while nobody waits, wait."""
        while not self._stopping.is_set():
            self._something.wait()
            try:
                self._round()
            except BusError as error:
                self._give_up(str(error))
            except Exception:  # at the thread's edge: a still is a help, figures go on without
                log.exception("stills failed")
                self._stopping.wait(PAUSE_S)
        self._give_up(STOPS)

    def stop(self) -> None:
        """End soon."""
        self._stopping.set()
        self._something.set()

    def _refuse_too_many(self, camera: str, now_s: float) -> None:
        wait_s = self._came_at_s.get(camera, -math.inf) + STILL_EVERY_S - now_s
        if wait_s > 0:
            raise TooManyStillsError(f"A picture of {camera} was made a moment ago.", wait_s)
        if len(self._asked) >= CAMERAS_AT_MOST:
            raise TooManyStillsError("Pictures of other cameras are being made.", 1.0)

    def _round(self) -> None:
        waiting = self._waiting(time.monotonic())
        self._bus.stills(sorted(waiting), block_s=0)  # listen before asking; to none where nobody waits
        for camera, asked in waiting.items():
            if not asked.is_passed_on:
                self._bus.want_still(camera, for_s=asked.until_s - time.monotonic())
                asked.is_passed_on = True
        for still in self._bus.stills(sorted(waiting), block_s=BLOCK_S) if waiting else ():
            self._hand_on(still)

    def _waiting(self, now_s: float) -> dict[str, _Asked]:
        """Those that somebody still waits for; the others hear that nothing came."""
        with self._lock:
            late = [camera for camera, asked in self._asked.items() if asked.until_s <= now_s]
            gone = [(camera, self._asked.pop(camera)) for camera in late]
            if not self._asked:
                self._something.clear()
            waiting = dict(self._asked)
        for camera, asked in gone:
            asked.answer.set_exception(NoStillError(f"No worker has sent a picture of {camera}."))
        return waiting

    def _hand_on(self, still: Still) -> None:
        picture = StillPicture(still.captured_at, base64.b64decode(still.jpeg))
        with self._lock:
            self._came_at_s[still.camera] = time.monotonic()
            asked = self._asked.pop(still.camera, None)
        if asked is not None:
            asked.answer.set_result(picture)

    def _give_up(self, why: str) -> None:
        with self._lock:
            gone, self._asked = self._asked, {}
            self._something.clear()
        for asked in gone.values():
            asked.answer.set_exception(NoStillError(why))
