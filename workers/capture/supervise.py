"""Keeps one camera's frames coming, for ever: the one retry loop above all sources.

A thread a camera opens its source, reads it into the slot and, when the source ends, fails or stalls, waits a while and
opens it anew. Whatever goes wrong becomes a state with a reason: no camera falls silent without a word.
"""

from __future__ import annotations

import enum
import random
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from crushwatch.errors import SourceError
from crushwatch.site import Camera, redact
from workers.capture.backoff import pause_s
from workers.capture.choose import open_source, plays_once
from workers.capture.slot import Slot
from workers.capture.source import Frame, Picture, Source, SourceInfo, Truth
from workers.capture.tally import Tally

STOP_WITHIN_S = 2.0

HELD_S = 10.0
"""A connection that gave frames for so long was a good one: after it the waits begin with the shortest again."""


class CaptureState(enum.StrEnum):
    """What the capture of a camera is doing."""

    STARTING = "starting"
    CONNECTED = "connected"
    WAITING = "waiting"
    ENDED = "ended"
    STOPPED = "stopped"


@dataclass(frozen=True)
class CaptureStatus:
    """One camera at one moment.

    state:          starting until the first frame; connected while frames come; waiting when they do not; ended for a
                    file that plays once; stopped by `stop`
    reason:         why it is waiting, or sends and gives no pictures, for a person, without secrets; else empty
    since:          when this state began, UTC
    attempt:        failures since frames last came steadily
    next_try_at:    when the next try begins, UTC; None while connected or trying
    info:           what the source said when it was opened last, with the size of its last frame
    last_frame_at:  when the last frame was captured, UTC
    source_rate_hz: frames a second that the camera sends, decoded or not
    frames_dropped: frames that a newer one overwrote before anybody took them
    frames_left_out: frames that were read too late to be shown, and left out to come back to the present
    late_s:         how much later than they did the pictures of a live stream arrive, by its own stamps
    clock_ahead_s:  the camera's clock less ours, where it says what time it is
    """

    state: CaptureState
    reason: str
    since: datetime
    attempt: int
    next_try_at: datetime | None
    info: SourceInfo | None
    last_frame_at: datetime | None
    source_rate_hz: float
    frames_decoded: int
    frames_dropped: int
    decode_errors: int
    reconnects: int
    frames_left_out: int
    late_s: float | None = None
    clock_ahead_s: float | None = None


@dataclass(frozen=True)
class _Course:
    """What the capturing thread says of itself, replaced as a whole."""

    since: datetime
    state: CaptureState = CaptureState.STARTING
    reason: str = ""
    attempt: int = 0
    next_try_at: datetime | None = None
    info: SourceInfo | None = None
    last_frame_at: datetime | None = None
    frames: int = 0
    connections: int = 0


class Capture:
    """One camera's thread. `start` it once, `stop` it once, ask for its `status` at any time."""

    def __init__(
        self,
        camera_id: str,
        make_source: Callable[[Tally], Source],
        slot: Slot,
        *,
        repeats: bool = True,
        pause_s: Callable[[int, float], float] = pause_s,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """repeats: False for a source that is done when it ends, as a file that plays once."""
        self._camera_id = camera_id
        self._make_source = make_source
        self._slot = slot
        self._repeats = repeats
        self._pause_s = pause_s
        self._draw = draw
        self._tally = Tally()
        self._course = _Course(since=datetime.now(UTC))
        self._writing = threading.Lock()
        self._source: Source | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"capture-{camera_id}", daemon=True)
        self._log = structlog.get_logger("crushwatch.workers.capture").bind(camera=camera_id)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End within 2 s, whatever the network does; no frame comes after it."""
        self._stopping.set()
        source = self._source
        if source is not None:
            source.close()
        if self._thread.is_alive():
            self._thread.join(STOP_WITHIN_S)
        self._enter(CaptureState.STOPPED)

    def status(self) -> CaptureStatus:
        """How it stands now."""
        course = self._course
        return CaptureStatus(
            state=course.state,
            reason=course.reason or self._tally.trouble,
            since=course.since,
            attempt=course.attempt,
            next_try_at=course.next_try_at,
            info=course.info,
            last_frame_at=course.last_frame_at,
            source_rate_hz=self._tally.source_rate.hz(time.monotonic()),
            frames_decoded=course.frames,
            frames_dropped=self._slot.overwritten,
            decode_errors=self._tally.decode_errors,
            reconnects=max(0, course.connections - 1),
            frames_left_out=self._tally.frames_left_out,
            late_s=self._tally.clock.late_s,
            clock_ahead_s=self._tally.clock.ahead_s,
        )

    def _run(self) -> None:
        while not self._stopping.is_set():
            began_s = time.monotonic()
            reason = self._read_until_it_ends()
            if self._stopping.is_set():
                return
            if reason is None and not self._repeats:
                self._enter(CaptureState.ENDED)
                self._log.info("camera has ended")
                return
            self._wait(reason or "the stream ended", held_s=time.monotonic() - began_s)

    def _read_until_it_ends(self) -> str | None:
        """One connection from its beginning to its end; why it failed, or None where it came to a regular end."""
        try:
            self._source = source = self._make_source(self._tally)
            self._read(source)
        except SourceError as error:
            return redact(str(error))
        except Exception as error:  # the edge of the thread: every fault becomes a state that a person sees
            self._log.error("unexpected fault in capture", exc_info=True)
            return redact(f"unexpected fault: {type(error).__name__}: {error}")
        finally:
            if self._source is not None:
                self._source.close()
        return None

    def _read(self, source: Source) -> None:
        if self._stopping.is_set():
            return
        info = source.open()
        self._update(info=info, connections=self._course.connections + 1)
        for picture, truth in source.frames():
            if self._stopping.is_set():
                return
            self._keep(picture, truth)
            if self._course.state is not CaptureState.CONNECTED:
                self._enter(CaptureState.CONNECTED)
                self._log.info("camera connected", **asdict(info))

    def _keep(self, picture: Picture, truth: Truth | None) -> None:
        frame = Frame(
            camera=self._camera_id,
            picture=picture,
            captured_at=datetime.now(UTC),
            captured_monotonic_s=time.monotonic(),
            sequence=self._course.frames,
            truth=truth,
        )
        self._slot.put(frame)
        info, size_px = self._course.info, (picture.width_px, picture.height_px)
        if info is not None and (info.width_px, info.height_px) != size_px:
            info = replace(info, width_px=size_px[0], height_px=size_px[1])
        self._update(info=info, last_frame_at=frame.captured_at, frames=frame.sequence + 1)

    def _wait(self, reason: str, held_s: float) -> None:
        """Say why, and let the pause before the next try pass."""
        was = self._course
        held = was.state is CaptureState.CONNECTED and held_s >= HELD_S
        attempt = 1 if held else was.attempt + 1
        pause = self._pause_s(attempt, self._draw())
        self._enter(CaptureState.WAITING, reason)
        self._update(attempt=attempt, next_try_at=datetime.now(UTC) + timedelta(seconds=pause))
        if is_worth_saying(attempt, is_news=reason != was.reason):
            self._log.warning(f"camera {self._camera_id}: {reason} (attempt {attempt}, next in {pause:.0f} s)")
        self._stopping.wait(pause)
        self._update(next_try_at=None)

    def _enter(self, state: CaptureState, reason: str = "") -> None:
        since = self._course.since if state is self._course.state else datetime.now(UTC)
        self._update(state=state, since=since, reason=reason, next_try_at=None)

    def _update(self, **changes: Any) -> None:
        """Fields of the course; a stopped one stays as it is, whatever a thread that was left behind still says."""
        with self._writing:
            if self._course.state is not CaptureState.STOPPED:
                self._course = replace(self._course, **changes)


def is_worth_saying(attempt: int, *, is_news: bool) -> bool:
    """Whether a failed try is logged: where it differs from the one before, else ever more rarely.

    >>> [attempt for attempt in range(1, 100) if is_worth_saying(attempt, is_news=False)]
    [1, 2, 4, 8, 16, 32, 64]
    """
    return is_news or attempt & (attempt - 1) == 0


def capture_camera(camera_id: str, camera: Camera, slot: Slot) -> Capture:
    """The capture of a configured camera, ready for its `start`."""
    return Capture(
        camera_id,
        lambda tally: open_source(camera_id, camera, tally),
        slot,
        repeats=not plays_once(camera),
    )
