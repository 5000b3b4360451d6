"""What a browser is told first: everything. Its largest part is made once for all who come while one is being made."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import Generic, TypeVar

from pydantic import TypeAdapter

from service import clock
from service.api.views import AlertView, CameraView, Snapshot, Trends, TrendView
from service.board import Board, regions_of
from service.desk import Desk
from service.show import Display
from service.store import Database, StoreError, readings
from service.trend import trend

TREND = timedelta(minutes=10)
TRENDS_AT_MOST = 64
"""A larger site's trends are said camera by camera, to whom looks at them."""

T = TypeVar("T")
_CAMERAS: TypeAdapter[list[CameraView]] = TypeAdapter(list[CameraView])


class Snapshots:
    """Thread-safe."""

    def __init__(self, database: Database, board: Board, display: Display, desk: Desk) -> None:
        self._database = database
        self._board = board
        self._display = display
        self._desk = desk
        self._cameras = _Shared(self._cameras_json)
        self._trends = {camera: _Shared(partial(self._trends_of, camera)) for camera in display.site.cameras}
        self._regions: dict[str, list[str]] = {camera: [] for camera in display.site.cameras}
        for camera, region in regions_of(display.site):
            self._regions[camera].append(region)

    def text(self, *, login_required: bool) -> str:
        """A `Snapshot` as JSON. While the database is away figures are shown all the same, and that it is away.

        All of it is read after it was asked for: who listens by then misses nothing.
        """
        faults = self._board.faults()
        alerts: list[AlertView] = []
        trends: dict[str, TrendView] = {}
        try:
            alerts = [self._display.alert(alert) for alert in self._desk.open_alerts()]
            trends = {} if self.tells_trends else self._all_trends()
        except StoreError as error:
            faults.append(f"the alerts cannot be read: {error}")
        around = Snapshot(
            server_time=clock.now().wall,
            site=self._display.venue(login_required=login_required),
            cameras=[],
            alerts=alerts,
            trends=trends,
            faults=faults,
        )
        return around.model_dump_json().replace('"cameras":[],"alerts"', f'"cameras":{self._cameras()},"alerts"', 1)

    @property
    def tells_trends(self) -> bool:
        """Whether trends are left out of the snapshot and said to whom looks at a camera."""
        return sum(map(len, self._regions.values())) > TRENDS_AT_MOST

    def trends(self, cameras: Iterable[str]) -> str:
        """`Trends` of some cameras as JSON; raises StoreError."""
        found = {key: view for camera in sorted(cameras) for key, view in self._trends[camera]().items()}
        return Trends(trends=found).model_dump_json()

    def _all_trends(self) -> dict[str, TrendView]:
        return {key: view for shared in self._trends.values() for key, view in shared().items()}

    def _cameras_json(self) -> str:
        return _CAMERAS.dump_json(self._display.cameras(self._board.facts(), clock.now())).decode()

    def _trends_of(self, camera: str) -> dict[str, TrendView]:
        until = clock.now().wall
        since = until - TREND
        with self._database.reading() as connection:
            return {
                f"{camera}/{region}": trend(readings.figures(connection, camera, region, since, until), since, until)
                for region in self._regions[camera]
            }


class _Shared(Generic[T]):
    """What a function says: those who ask while it is at work get the next answer, one for all of them."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._lock = threading.Lock()
        self._make = make
        self._made: tuple[float, T] | None = None

    def __call__(self) -> T:
        """An answer that was begun after it was asked for."""
        asked_s = time.monotonic()
        with self._lock:
            if self._made is None or self._made[0] < asked_s:
                self._made = (time.monotonic(), self._make())
            return self._made[1]
