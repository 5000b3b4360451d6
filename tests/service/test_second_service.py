"""A second service on the same messages is told, once it stays; one that ends, crashes or comes anew is not."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from crushwatch.bus import RedisBus
from service import clock
from service.board import Board
from service.ingest import GROUP
from service.second_service import FAULT, GONE_AFTER_S, ME, STAYS_AFTER_S, Attendance, Company
from support.redis_server import RedisServer
from support.service_site import site
from support.waiting import wait_for

Come = Callable[..., tuple[Attendance, Board]]


@pytest.fixture
def come(tmp_path: Path, redis_server: RedisServer) -> Iterator[Come]:
    """A service that attends, in a hurry, with its own connection to Redis."""
    name, here = uuid.uuid4().hex, []

    def start(me: str, stays_after_s: float = 0.5) -> tuple[Attendance, Board]:
        bus, board = RedisBus(redis_server.url, name), Board(site(tmp_path), clock.now())
        attendance = Attendance(bus, board, "square", me=me, every_s=0.05, stays_after_s=stays_after_s)
        here.append((attendance, bus))
        attendance.start()
        return attendance, board

    yield start
    for attendance, bus in here:
        attendance.stop()
        attendance.join()
        bus.close()


def test_two_that_stay_are_told_on_both_pages_and_the_one_left_is_told_no_more(come: Come) -> None:
    with capture_logs() as lines:
        _, first_board = come("gate-1 (pid 7)")
        second, second_board = come("gate-2 (pid 9)")
        wait_for("told on the first", first_board.faults)
        wait_for("told on the second", second_board.faults)
        assert first_board.faults() == [
            "another service of a site square takes part of the messages from the same Redis: gate-2 (pid 9); "
            "end one, or give each site an id of its own"
        ]
        assert "gate-1 (pid 7)" in second_board.faults()[0]
        second.stop()
        wait_for("alone again", lambda: not first_board.faults())
    told = [line["event"] for line in lines]
    assert told.count("another service takes part of this site's messages") == 2, "once by each"
    assert told.count("this service reads alone again") == 1


def test_one_that_is_started_anew_again_and_again_is_nobody_else(come: Come) -> None:
    _, board = come("stays", 1.5)
    for number in range(20):
        passing, other_board = come(f"started anew, {number}", 1.5)
        passing.join(0.1)
        passing.stop()
        passing.join()
        assert board.faults() == other_board.faults() == []


def test_what_a_crashed_one_leaves_is_gone_before_it_is_told() -> None:
    assert GONE_AFTER_S < STAYS_AFTER_S
    company = Company()
    assert company.staying(["crashed"], 0.0) == []
    assert company.staying(["crashed"], GONE_AFTER_S) == []
    assert company.staying([], GONE_AFTER_S + 1) == []
    assert company.staying(["crashed"], STAYS_AFTER_S + 1) == [], "it came back, and counts from now"


def test_it_does_not_take_the_service_out_of_readiness_and_is_a_metric(run_service: Callable[..., Any]) -> None:
    running = run_service()
    wait_for("ready", lambda: running.client.get("/readyz").status_code == 200)
    parts = running.service._parts
    parts.attendance.stop()  # which would say that nobody else is there
    parts.attendance.join()
    parts.board.set_fault(FAULT, "another service")
    assert running.client.get("/readyz").json() == {"ready": True, "reasons": []}
    assert running.get("system")["faults"] == ["another service"]
    assert "\ncrushwatch_second_service 1.0\n" in running.client.get("/metrics").text
    parts.board.set_fault(FAULT, None)
    assert "\ncrushwatch_second_service 0.0\n" in running.client.get("/metrics").text


def test_a_service_that_ends_takes_leave(run_service: Callable[..., Any]) -> None:
    running = run_service()
    wait_for("attending", lambda: ME in running.bus.attend(GROUP, "a look", for_s=0))
    running.service.stop()
    assert running.bus.attend(GROUP, "a look", for_s=0) == set()
