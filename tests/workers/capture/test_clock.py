from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from crushwatch.site import Camera
from support.rtsp_server import RtspServer
from workers.capture.choose import open_source
from workers.capture.clock import LOOK_BACK_S, StreamClock
from workers.capture.tally import Tally


def test_a_stream_whose_packets_come_as_they_are_stamped_is_not_late() -> None:
    clock = StreamClock()
    for number in range(500):
        clock.saw(90_000 + number * 0.04, 7.0 + number * 0.04 + 0.01 * (number % 3))
    assert clock.late_s == pytest.approx(0.01, abs=0.011)


def test_pictures_that_pile_up_on_their_way_are_late_by_what_has_piled_up() -> None:
    clock = StreamClock()
    for second in range(120):
        clock.saw(second * 0.9, float(second))
    assert clock.late_s == pytest.approx(11.9)


def test_steady_lateness_never_becomes_its_own_measure_and_ends_when_the_backlog_is_gone() -> None:
    clock = StreamClock()
    for second in range(60):
        clock.saw(float(second), float(second))
    for second in range(90, int(3 * LOOK_BACK_S)):
        clock.saw(second - 30.0, float(second))
    assert clock.late_s == pytest.approx(30.0)
    clock.saw(3 * LOOK_BACK_S, 3 * LOOK_BACK_S)
    assert clock.late_s == pytest.approx(0.0)


def test_a_stream_whose_clock_is_set_back_is_not_late_for_that() -> None:
    clock = StreamClock()
    for second in range(120):
        clock.saw(second - (3600.0 if second >= 60 else 0.0), float(second))
    assert clock.late_s == pytest.approx(0.0)


def test_one_stamp_that_is_far_ahead_makes_none_of_those_after_it_late() -> None:
    clock = StreamClock()
    for second in range(120):
        clock.saw(second + (3600.0 if second == 60 else 0.0), float(second))
    assert clock.late_s == pytest.approx(0.0)


def test_pictures_that_are_shown_in_another_order_than_they_come_in_are_no_clock_that_is_set() -> None:
    clock = StreamClock()
    for number in range(300):
        clock.saw(number * 0.2 + (0.6 if number % 4 == 0 else -0.2), 7.0 + number * 0.2)
    for number in range(300, 400):
        clock.saw(number * 0.2 + (0.6 if number % 4 == 0 else -0.2), 27.0 + number * 0.2)
    assert clock.late_s == pytest.approx(20.8)


def test_clocks_that_drift_apart_are_compared_with_their_last_ten_minutes_only() -> None:
    clock = StreamClock()
    for second in range(0, 36_000, 5):
        clock.saw(second * 0.999, float(second))
    assert clock.late_s == pytest.approx(LOOK_BACK_S * 0.001, abs=0.02)


def test_a_new_connection_knows_nothing_of_the_one_before() -> None:
    clock = StreamClock()
    clock.saw(0.0, 100.0)
    clock.told(1_000.0, 1_037.0)
    assert clock.ahead_s == -37.0
    clock.begin()
    assert (clock.late_s, clock.ahead_s) == (None, None)


@pytest.mark.integration
def test_a_real_rtsp_server_says_what_time_it_is(start_rtsp_server: Callable[..., RtspServer], film: Path) -> None:
    server, tally = start_rtsp_server({"north": film}), Tally()
    source = open_source("gate", Camera(source=server.url("north")), tally)  # type: ignore[arg-type]
    source.open()
    for number, _picture in enumerate(source.frames()):
        if tally.clock.ahead_s is not None or number > 400:
            break
    source.close()
    assert tally.clock.late_s is not None
    assert tally.clock.late_s < 2
    assert tally.clock.ahead_s == pytest.approx(0.0, abs=3)
