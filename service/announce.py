"""What is said to the browsers, and when: figures as they come, cameras when they change, levels when they grow old."""

from __future__ import annotations

import threading

from service import clock
from service.board import Board, Facts, News, RegionKey, regions_of
from service.clock import Instant
from service.hub import Hub
from service.show import Display, Seen, camera_standing, region_seen

CAMERA_AGAIN_AFTER_S = 5.0
"""A camera whose rates alone change is said again so often."""


class Announcer:
    """Called by the threads that hear and by the one that counts the seconds."""

    def __init__(self, board: Board, display: Display, hub: Hub) -> None:
        self._lock = threading.Lock()
        self._board = board
        self._display = display
        self._hub = hub
        self._regions = regions_of(display.site)
        self._said_regions: dict[RegionKey, Seen] = {}
        self._said_cameras: dict[str, tuple[Instant, tuple[object, ...]]] = {}

    def news(self, news: News) -> None:
        """A batch came: its newest figures, and the cameras of which something new was said."""
        if not news.regions and not news.cameras:
            return
        facts, now = self._board.facts(), clock.now()
        with self._lock:
            self._say_regions(facts, list(news.regions), now)
            for camera in news.cameras:
                self._say_camera(facts, camera, now, again_after_s=CAMERA_AGAIN_AFTER_S)

    def second(self, facts: Facts, now: Instant) -> None:
        """A second passed: levels that have grown old since, cameras that have fallen silent."""
        with self._lock:
            self._say_regions(facts, self._grown_old(facts, now), now)
            for camera in self._display.site.cameras:
                self._say_camera(facts, camera, now)

    def _say_regions(self, facts: Facts, keys: list[RegionKey], now: Instant) -> None:
        updates = self._display.region_updates(facts, keys, now)
        for update in updates:
            self._said_regions[update.camera, update.region] = Seen(update.level, update.stale)
        self._hub.readings(updates)

    def _grown_old(self, facts: Facts, now: Instant) -> list[RegionKey]:
        """The regions that are to be shown otherwise than they were said last."""
        site = self._display.site
        standings = {camera: camera_standing(site, facts, camera, now) for camera in site.cameras}
        return [
            key
            for key in self._regions
            if region_seen(site.rules, standings[key[0]], facts.readings.get(key), now) != self._said_regions.get(key)
        ]

    def _say_camera(self, facts: Facts, camera: str, now: Instant, again_after_s: float = float("inf")) -> None:
        said_at, said = self._said_cameras.get(camera, (None, ()))
        gist = _gist(self._display, facts, camera, now)
        if said_at is None or said != gist or now.since(said_at) >= again_after_s:
            self._said_cameras[camera] = (now, gist)
            self._hub.camera(self._display.camera(facts, camera, now))


def _gist(display: Display, facts: Facts, camera: str, now: Instant) -> tuple[object, ...]:
    """What is told of a camera at once when it changes."""
    heard = facts.cameras.get(camera)
    health = heard.health if heard else None
    standing = camera_standing(display.site, facts, camera, now)
    if health is None:
        return (standing,)
    return (standing, health.worker, health.width_px, health.height_px, health.simulated)
