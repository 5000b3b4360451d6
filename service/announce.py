"""What is said to the browsers, and when: figures as they come, cameras when they change, levels when they grow old."""

from __future__ import annotations

import threading

from service import clock
from service.api.views import CameraView, RegionUpdate
from service.board import Board, Facts, News, RegionKey, regions_of
from service.clock import Instant
from service.hub import Hub
from service.show import Display

CAMERA_AGAIN_AFTER_S = 5.0
"""A camera whose rates alone change is said again so often."""

_TOLD_AT_ONCE = ("state", "since", "reason", "worker", "width_px", "height_px", "simulated")


class Announcer:
    """Called by the threads that hear and by the one that counts the seconds."""

    def __init__(self, board: Board, display: Display, hub: Hub) -> None:
        self._lock = threading.Lock()
        self._board = board
        self._display = display
        self._hub = hub
        self._regions = regions_of(display.site)
        self._said_regions: dict[RegionKey, tuple[object, ...]] = {}
        self._said_cameras: dict[str, tuple[Instant, tuple[object, ...]]] = {}

    def news(self, news: News) -> None:
        """A batch came: its newest figures, and the cameras of which something new was said."""
        if not news.regions and not news.cameras:
            return
        facts, now = self._board.facts(), clock.now()
        with self._lock:
            self._say_regions(self._display.region_updates(facts, list(news.regions), now))
            for camera in news.cameras:
                self._say_camera(facts, camera, now)

    def second(self, facts: Facts, now: Instant) -> None:
        """A second passed: levels that have grown old since, cameras that have fallen silent."""
        with self._lock:
            updates = self._display.region_updates(facts, self._regions, now)
            self._say_regions([update for update in updates if self._is_new(update)])
            for camera in self._display.site.cameras:
                self._say_camera(facts, camera, now)

    def _say_regions(self, updates: list[RegionUpdate]) -> None:
        for update in updates:
            self._said_regions[update.camera, update.region] = (update.level, update.stale)
        self._hub.readings(updates)

    def _is_new(self, update: RegionUpdate) -> bool:
        return self._said_regions.get((update.camera, update.region)) != (update.level, update.stale)

    def _say_camera(self, facts: Facts, camera: str, now: Instant) -> None:
        view = self._display.camera(facts, camera, now)
        said_at, said = self._said_cameras.get(camera, (None, ()))
        if said_at is None or said != _gist(view) or now.since(said_at) >= CAMERA_AGAIN_AFTER_S:
            self._said_cameras[camera] = (now, _gist(view))
            self._hub.camera(view)


def _gist(view: CameraView) -> tuple[object, ...]:
    return tuple(getattr(view, name) for name in _TOLD_AT_ONCE)
