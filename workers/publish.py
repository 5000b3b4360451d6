"""Publish: what the worker says goes out from one thread of its own, so that a Redis that is away stops nothing else.

Readings and health are news: while Redis is away only the newest are kept. Alert events wait in the outbox on disk
and go first, in order.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TypeVar

import structlog

from crushwatch.bus import Bus, Outbox
from crushwatch.errors import BusError
from crushwatch.logs import RollUp
from crushwatch.messages import CameraHealth, Preview, RegionReading, WorkerHealth
from workers.metrics import WorkerMetrics

NEWS_KEPT = 2000
PREVIEWS_KEPT = 32
WATCHED_EVERY_S = 1.0
AWAY_PAUSE_S = 0.5

T = TypeVar("T")

log = structlog.get_logger("crushwatch.workers.publish")


class Publisher:
    """Owns the thread that speaks with the bus."""

    def __init__(self, bus: Bus, outbox: Outbox, metrics: WorkerMetrics) -> None:
        self._bus = bus
        self._outbox = outbox
        self._metrics = metrics
        self._readings: deque[RegionReading] = deque(maxlen=NEWS_KEPT)
        self._health: deque[CameraHealth | WorkerHealth] = deque(maxlen=NEWS_KEPT)
        self._previews: deque[Callable[[], Preview]] = deque(maxlen=PREVIEWS_KEPT)
        self._watched: frozenset[str] = frozenset()
        self._watched_at = 0.0
        self._away_since: float | None = None
        self._faults = RollUp(lambda text: log.warning(f"bus: {text}"), period_s=10)
        self._own_faults = RollUp(lambda text: log.error(f"publishing failed: {text}"), period_s=10)
        self._something = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="publish", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Send what is there if the bus is there, and end."""
        self._stopping.set()
        self._something.set()
        self._thread.join(timeout_s)

    def readings(self, readings: list[RegionReading]) -> None:
        """News: sent as soon as possible, the oldest dropped when there are too many."""
        self._readings.extend(readings)
        self._something.set()

    def health(self, message: CameraHealth | WorkerHealth) -> None:
        """News of the worker itself."""
        self._health.append(message)
        self._something.set()

    def preview(self, make: Callable[[], Preview]) -> None:
        """A picture for who looks; encoded in the publishing thread."""
        self._previews.append(make)
        self._something.set()

    def is_watched(self, camera: str) -> bool:
        """Whether somebody looks at this camera now."""
        return camera in self._watched

    def wake(self) -> None:
        """There may be events in the outbox."""
        self._something.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._something.wait(timeout=0.5)
            self._something.clear()
            self._speak_or_wait()
        self._speak_or_wait()

    def _speak_or_wait(self) -> None:
        try:
            self._speak()
            self._met_again()
        except BusError as error:
            self._metrics.bus_up.set(0)
            self._away_since = self._away_since or time.monotonic()
            self._faults.add(str(error), now_s=time.monotonic())
            self._stopping.wait(AWAY_PAUSE_S)
        except Exception as error:  # at the thread's edge: the next message may go, and nobody else can send alerts
            self._own_faults.add(f"{type(error).__name__}: {error}", now_s=time.monotonic())
            self._stopping.wait(AWAY_PAUSE_S)

    def _speak(self) -> None:
        while len(self._outbox) and (went := self._outbox.deliver(self._bus)):  # what cannot be read waits on
            self._metrics.alerts_published.inc(went)
        self._send(self._readings, self._publish_readings)
        self._send(self._health, lambda news: self._bus.publish("health", news))
        if time.monotonic() - self._watched_at >= WATCHED_EVERY_S:
            self._watched, self._watched_at = self._bus.watched(), time.monotonic()
        while self._previews:
            self._bus.publish_preview(self._previews.popleft()())

    def _publish_readings(self, readings: list[RegionReading]) -> None:
        self._bus.publish("readings", readings)
        self._metrics.readings_published.inc(len(readings))

    def _send(self, queue: deque[T], publish: Callable[[list[T]], None]) -> None:
        news = [queue.popleft() for _ in range(len(queue))]
        if not news:
            return
        try:
            publish(news)
        except BusError:
            room = (queue.maxlen or 0) - len(queue)  # newer news has come meanwhile: it goes before the oldest
            queue.extendleft(reversed(news[len(news) - min(room, len(news)) :]))
            raise

    def _met_again(self) -> None:
        self._metrics.bus_up.set(1)
        self._metrics.outbox_events.set(len(self._outbox))
        if self._away_since is not None:
            log.info("bus reachable again", away_s=round(time.monotonic() - self._away_since, 1))
            self._away_since = None
