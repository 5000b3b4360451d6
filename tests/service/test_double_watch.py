"""Two workers that watch a camera each for itself are told, once they stay; a restart and a hand-over are not."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from crushwatch.bus import RedisBus
from service import double_watch
from service.board import Board
from service.clock import Instant
from service.double_watch import GONE_AFTER_S, STAYS_AFTER_S, DoubleWatch
from support.redis_server import RedisServer
from support.service_messages import worker_health
from support.service_site import site
from support.waiting import wait_for

START = Instant(datetime(2026, 5, 1, 20, 0, tzinfo=UTC), 1000.0)
MORNING = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


class Watch:
    """A service's second after second; who beats in it is an argument."""

    def __init__(self, folder: Path) -> None:
        self.board = Board(site(folder), START)
        self._double_watch = DoubleWatch()
        self._at_s = 0

    def seconds(self, count: int, *beats: tuple[str, datetime, tuple[str, ...]], ahead_s: float = 0) -> list[str]:
        """What is told meanwhile; every second worker's clock is so much ahead."""
        told = []
        for _ in range(count):
            self._at_s += 1
            now = START.later(self._at_s)
            for number, (name, started_at, cameras) in enumerate(beats):
                sent = now.wall + timedelta(seconds=ahead_s * (number % 2))
                self.board.hear([worker_health(name, sent, started_at=started_at, cameras=cameras)], now)
            told += [self._double_watch.sentence(self.board.facts(), now) or ""]
        return told

    def away(self, count: int) -> list[str]:
        """The bus does not answer for so long."""
        self.board.bus_fails("no answer", START.later(self._at_s))
        told = self.seconds(count)
        self.board.bus_answers(START.later(self._at_s))
        return told


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    return Watch(tmp_path)


OLD = ("host", MORNING, ("gate", "hall"))
NEW = ("host", NOON, ("gate", "hall"))


def test_two_of_one_name_are_told_once_they_stay_and_no_more_when_one_has_gone(watch: Watch) -> None:
    watch.seconds(60, OLD)
    told = watch.seconds(40, OLD, NEW)
    assert told.index(told[-1]) == STAYS_AFTER_S
    assert told[-1] == (
        "cameras gate, hall are watched by several workers, whose figures are mixed: "
        "host (started 2026-05-01 08:00:00 UTC), host (started 2026-05-01 12:00:00 UTC); "
        "end all but one, or divide the cameras among them with --share"
    )
    alone = watch.seconds(20, NEW)
    assert alone.index("") == GONE_AFTER_S - 1
    assert not any(alone[alone.index("") :])


def test_two_of_different_names_that_share_a_camera_are_told_with_that_camera(watch: Watch) -> None:
    told = watch.seconds(60, ("north", MORNING, ("gate",)), ("south", MORNING, ("gate", "hall")))[-1]
    assert told.startswith("camera gate is watched by several workers, whose figures are mixed: north (started ")
    assert "south (started " in told


def test_workers_that_divide_the_cameras_are_never_told(watch: Watch) -> None:
    assert not any(watch.seconds(120, ("host-0", MORNING, ("gate",)), ("host-1", MORNING, ("hall",))))


def test_two_of_one_name_with_cameras_of_their_own_are_told_for_one_that_falls_silent_is_not_missed(
    watch: Watch,
) -> None:
    told = watch.seconds(60, ("host", MORNING, ("gate",)), ("host", NOON, ("hall",)))[-1]
    assert told.startswith("workers of one name are taken for one, and one that falls silent is not missed: host (")


@pytest.mark.parametrize("ahead_s", [-7200, 7200], ids=["behind", "ahead"])
def test_a_worker_whose_clock_is_hours_off_is_told_all_the_same(watch: Watch, ahead_s: float) -> None:
    assert watch.seconds(40, OLD, NEW, ahead_s=ahead_s)[-1]
    assert not watch.seconds(20, OLD)[-1]


def test_a_worker_that_was_killed_and_started_again_is_not_told(watch: Watch) -> None:
    assert not any(watch.seconds(60, OLD) + watch.seconds(2) + watch.seconds(120, NEW))


def test_one_that_is_started_again_and_again_is_not_told(watch: Watch) -> None:
    for minute in range(60):
        assert not any(watch.seconds(3, ("host", NOON + timedelta(seconds=minute), ("gate", "hall"))))


def test_a_change_of_shares_with_two_at_once_for_twenty_seconds_is_not_told(watch: Watch) -> None:
    first, second = ("host-0", MORNING, ("gate", "hall")), ("host-1", NOON, ("hall",))
    assert not any(watch.seconds(60, first) + watch.seconds(20, first, second))
    assert not any(watch.seconds(120, ("host-0", NOON, ("gate",)), second))


def test_a_restart_before_the_bus_was_away_is_not_told_when_it_is_back(watch: Watch) -> None:
    watch.seconds(60, OLD)
    watch.seconds(1, NEW)
    assert not any(watch.away(300) + watch.seconds(60, NEW))


def test_what_is_told_stands_while_the_bus_is_away_and_after_it(watch: Watch) -> None:
    assert watch.seconds(60, OLD, NEW)[-1]
    assert all(watch.away(300) + watch.seconds(60, OLD, NEW))
    assert watch.away(300)[-1]
    assert not watch.seconds(10, NEW)[-1]


def test_a_store_of_old_heartbeats_that_comes_at_once_is_not_told(watch: Watch) -> None:
    old = [worker_health("host", NOON + timedelta(seconds=s), started_at=MORNING) for s in range(600)]
    new = [worker_health("host", NOON + timedelta(seconds=600 + s), started_at=NOON) for s in range(600)]
    watch.seconds(10)
    watch.board.hear(old + new, START.later(10))
    assert not any(watch.seconds(120, NEW))


@pytest.fixture
def buses(redis_server: RedisServer) -> Iterator[tuple[RedisBus, RedisBus]]:
    """The worker's and the service's."""
    name = uuid.uuid4().hex
    both = RedisBus(redis_server.url, name), RedisBus(redis_server.url, name)
    yield both
    for bus in both:
        bus.close()


@pytest.mark.integration
def test_a_service_says_so_on_the_page_and_in_the_log_and_stays_ready(
    buses: tuple[RedisBus, RedisBus], run_service: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(double_watch, "GONE_AFTER_S", 2.5)
    monkeypatch.setattr(double_watch, "STAYS_AFTER_S", 1.0)
    worker_bus, service_bus = buses

    def faults(*started: datetime) -> list[str]:
        worker_bus.publish("health", [worker_health("host", started_at=at) for at in started])
        told: list[str] = running.get("system")["faults"]
        return told

    with capture_logs() as lines:
        running = run_service(service_bus)
        wait_for("told", lambda: any("with --share" in told for told in faults(MORNING, NOON)))
        (alert,) = wait_for("an alert", lambda: running.get("alerts?state=open")["items"])
        assert (alert["rule"], alert["about"], alert["level"]) == ("double-watch", "service", "caution")
        assert running.client.get("/readyz").json() == {"ready": True, "reasons": []}
        wait_for("over", lambda: not faults(NOON))
    told = [line["event"] for line in lines]
    assert told.count("several workers watch for themselves what one should") == 1
    assert told.count("no two workers are in each other's way any more") == 1
