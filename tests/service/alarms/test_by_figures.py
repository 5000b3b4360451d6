"""What a region's figures end and raise when its worker does not: decided from values alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crushwatch.messages import AlertChange, Level
from crushwatch.site import Site
from service.alarms.alert import Alert, after_acknowledgement, after_event
from service.alarms.lifecycle import AlertState
from service.alarms.watchdog import watch
from service.board import Board, Facts
from service.clock import Instant
from support.service_messages import alert_event, camera_health, reading, worker_health
from support.service_site import site as make_site
from support.watched import START, facts, keys, opened, worker


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path)


CALM = {"count": 8.0, "density_per_m2": 0.4, "peak_density_per_m2": 0.5}


def said_of_square(site: Site, *, for_s: int, now: Instant | None = None, **figures: Any) -> tuple[Facts, Instant]:
    """What the service knows after a reading a second, and of everybody what keeps him from being silent."""
    board = Board(site, START)
    for second in range(for_s + 1):
        at = START.later(second)
        board.hear([reading(at=at.wall, **(CALM | figures))], at)
    end = now or START.later(for_s)
    board.hear([camera_health(at=end.wall), camera_health("hall", at=end.wall), worker_health(at=end.wall)], end)
    return board.facts(), end


def an_open(rule: str, **told: Any) -> dict[str, Alert]:
    """Of the square, raised before all that is said of it."""
    return opened([alert_event(at=START.wall, rule=rule, **told)])


@pytest.mark.parametrize("rule", ["levels", "capacity"])
def test_an_alert_that_its_worker_forgot_ends_once_the_figures_were_clear_for_longer_than_a_worker_takes(
    site: Site, rule: str
) -> None:
    for seconds, ended in ((69, []), (70, [(f"gate/square/{rule}", "cleared")])):
        heard, now = said_of_square(site, for_s=seconds)
        events = watch(site, heard, an_open(rule), now)
        assert keys(events) == ended
    assert events[0].because == "clear for 70 s, and its worker no longer knows of this alert: the service ends it"
    assert not opened(events, an_open(rule))[f"gate/square/{rule}"].is_raised


@pytest.mark.parametrize("rule", ["forecast", "rise", "pressure", "standstill"])
def test_an_alert_of_a_rule_whose_end_no_reading_proves_is_its_workers_to_end(site: Site, rule: str) -> None:
    heard, now = said_of_square(site, for_s=600)
    assert watch(site, heard, an_open(rule), now) == []


@pytest.mark.parametrize(
    "figures",
    [
        {"level": Level.NOTICE},
        {"level": Level.UNKNOWN},
        {"quality": 0.1},
        {"density_per_m2": None, "peak_density_per_m2": None},
        {"density_per_m2": 1.5, "peak_density_per_m2": 6.5},
    ],
    ids=["held by its worker", "not known", "not believed", "without a density", "above the mark in some place"],
)
def test_figures_that_prove_no_end_end_no_alert(site: Site, figures: dict[str, Any]) -> None:
    heard, now = said_of_square(site, for_s=600, **figures)
    assert watch(site, heard, an_open("levels"), now) == []


def test_clear_figures_are_counted_from_the_alert_and_from_the_last_gap_on(site: Site) -> None:
    heard, now = said_of_square(site, for_s=600)
    newer = opened([alert_event(at=now.later(-69).wall)])
    assert watch(site, heard, newer, now) == []
    board = Board(site, START)
    for second in (*range(100), *range(110, 179)):
        board.hear([reading(at=START.later(second).wall, **CALM)], START.later(second))
    heard = facts(readings=board.facts().readings)
    assert not [event for event in watch(site, heard, an_open("levels"), START.later(178)) if event.region]
    board.hear([reading(at=START.later(180).wall, **CALM)], START.later(180))
    heard = facts(readings=board.facts().readings)
    assert [event for event in watch(site, heard, an_open("levels"), START.later(180)) if event.region]


def test_figures_that_no_longer_come_end_no_alert(site: Site) -> None:
    heard, later = said_of_square(site, for_s=600, now=START.later(605))
    assert watch(site, heard, an_open("levels"), later) == []


def test_an_alert_is_not_ended_by_another_worker_while_the_one_that_may_hold_it_is_silent(site: Site) -> None:
    heard, now = said_of_square(site, for_s=600)
    silent = {"worker-0": worker(START, "worker-0")}
    assert watch(site, replace(heard, workers={**heard.workers, **silent}), an_open("levels"), now) == []


def test_no_alert_is_ended_by_readings_of_workers_in_each_others_way(site: Site) -> None:
    heard, now = said_of_square(site, for_s=600)
    assert keys(watch(site, heard, an_open("levels"), now, "two workers watch gate")) == [
        ("service/-/double-watch", "raised")
    ]


DENSE = {"level": Level.ALERT, "count": 84.0, "density_per_m2": 4.2, "peak_density_per_m2": 4.4}


@pytest.mark.parametrize(("for_s", "raised"), [(9, []), (10, [("gate/square/levels", "raised")])])
def test_a_level_that_is_shown_and_that_no_worker_told_is_told_by_the_service(
    site: Site, for_s: int, raised: list[tuple[str, str]]
) -> None:
    heard, now = said_of_square(site, for_s=for_s, **DENSE)
    events = watch(site, heard, {}, now)
    assert keys(events) == raised
    assert watch(site, heard, opened(events), now) == watch(site, heard, {}, now)[len(events) :]


def test_what_the_service_tells_of_a_crowd_says_how_dense_it_is_and_what_is_to_be_done(site: Site) -> None:
    heard, now = said_of_square(site, for_s=12, **DENSE)
    (event,) = watch(site, heard, {}, now)
    assert event.because == (
        "4.4 people/m² over 3 m × 3 m (region 4.2), threshold 4.0; shown for 12 s, told by no worker: "
        "the service tells it"
    )
    assert (event.level, event.value, event.threshold, event.action) == (Level.ALERT, 4.4, 4.0, "open gate B")


def test_a_worker_that_tells_its_alert_late_joins_the_services_and_ends_it(site: Site) -> None:
    heard, now = said_of_square(site, for_s=10, **DENSE)
    alerts = opened(watch(site, heard, {}, now))
    later = now.later(1).wall
    alerts = opened([alert_event(alert_id="the-workers", at=later, level=Level.ALERT)], alerts)
    assert len(alerts) == 1
    ended = opened([alert_event("cleared", alert_id="the-workers", at=later, level=Level.CLEAR)], alerts)
    assert not ended["gate/square/levels"].is_raised


def test_events_that_waited_while_the_service_told_their_level_join_it_and_ask_nobody_again(site: Site) -> None:
    heard, now = said_of_square(site, for_s=10, **(DENSE | {"level": Level.CRITICAL}))
    told = opened(watch(site, heard, {}, now))["gate/square/levels"]
    told = after_acknowledgement(told, "Kim", None, now.later(1).wall)
    late: list[tuple[AlertChange, Level]] = [
        (AlertChange.RAISED, Level.NOTICE),
        (AlertChange.ESCALATED, Level.ALERT),
        (AlertChange.ESCALATED, Level.CRITICAL),
    ]
    for change, level in late:
        assert after_event(told, alert_event(change, level, at=now.later(-5).wall)) is told
    lowered = after_event(told, alert_event("lowered", Level.CAUTION, at=now.later(9).wall))
    assert (lowered.state, lowered.level) == (AlertState.ACKNOWLEDGED, Level.CAUTION)


def test_a_level_above_the_one_that_was_told_is_told_as_its_escalation(site: Site) -> None:
    heard, now = said_of_square(site, for_s=10, **DENSE)
    told = an_open("levels", level=Level.CAUTION)
    events = watch(site, heard, told, now)
    assert [(event.change, event.previous_level, event.alert_id) for event in events] == [
        ("escalated", Level.CAUTION, told["gate/square/levels"].alert_id)
    ]
    assert opened(events, told)["gate/square/levels"].level is Level.ALERT


def test_a_region_too_full_is_told_as_that_where_its_density_would_not_make_the_level(tmp_path: Path) -> None:
    region = {"polygon_px": [[0, 0], [9, 0], [9, 9]], "area_m2": 200, "capacity_people": 80}
    gate = {"source": "rtsp://gate", "picture_size_px": [16, 16], "regions": {"square": region}}
    full = make_site(tmp_path, cameras={"gate": gate})
    heard, now = said_of_square(full, for_s=10, **(DENSE | {"density_per_m2": 0.4, "peak_density_per_m2": 0.9}))
    (event,) = watch(full, heard, {}, now)
    assert (event.rule, event.value, event.unit) == ("capacity", 84, "people")
    assert event.because.startswith("84 people, capacity 80; shown for 10 s")


def test_a_region_that_has_room_is_not_told_as_full_while_its_worker_holds_a_level_of_its_density(
    tmp_path: Path,
) -> None:
    region = {"polygon_px": [[0, 0], [9, 0], [9, 9]], "area_m2": 200, "capacity_people": 300}
    gate = {"source": "rtsp://gate", "picture_size_px": [16, 16], "regions": {"square": region}}
    roomy = make_site(tmp_path, cameras={"gate": gate})
    heard, now = said_of_square(roomy, for_s=10, **(DENSE | {"density_per_m2": 3.1, "peak_density_per_m2": 3.1}))
    (event,) = watch(roomy, heard, {}, now)
    assert (event.rule, event.level) == ("levels", Level.ALERT)
    assert event.because.startswith("3.1 people/m², threshold 4.0; shown for 10 s")


@pytest.mark.parametrize("fallen", ["cleared", "lowered"])
def test_a_level_that_its_worker_ends_is_not_told_again_by_the_reading_before_which_the_end_came(
    site: Site, fallen: str
) -> None:
    """A worker publishes what it tells before what it measures."""
    board = Board(site, START)
    for second in range(61):
        board.hear([reading(at=START.later(second).wall, **DENSE)], START.later(second))
    told = alert_event(fallen, Level.CAUTION, at=START.later(61).wall)
    board.hear([told], START.later(61))
    left = opened([told], an_open("levels", level=Level.ALERT))
    heard = facts(readings=board.facts().readings)
    assert not [event for event in watch(site, heard, left, START.later(61)) if event.region]
    board.hear([reading(at=START.later(60.5).wall, **DENSE)], START.later(61.5))
    heard = facts(readings=board.facts().readings)
    assert not [event for event in watch(site, heard, left, START.later(62)) if event.region]


def test_a_level_that_lasts_after_an_alert_of_another_rule_ended_is_told(site: Site) -> None:
    board = Board(site, START)
    for second in range(11):
        board.hear([reading(at=START.later(second).wall, **DENSE)], START.later(second))
    board.hear([alert_event("cleared", rule="rise", at=START.later(10).wall)], START.later(10))
    heard = facts(readings=board.facts().readings)
    assert [event.rule for event in watch(site, heard, {}, START.later(10)) if event.region] == ["levels"]


@pytest.mark.parametrize("rule", ["levels", "capacity"])
def test_a_level_that_an_alert_tells_already_is_not_told_again(site: Site, rule: str) -> None:
    heard, now = said_of_square(site, for_s=600, **DENSE)
    assert watch(site, heard, an_open(rule, level=Level.ALERT), now) == []
    assert watch(site, heard, an_open(rule, level=Level.CRITICAL), now) == []


def test_a_level_that_is_not_shown_for_long_or_no_longer_is_not_told(site: Site) -> None:
    heard, later = said_of_square(site, for_s=600, now=START.later(605), **DENSE)
    assert not [event for event in watch(site, heard, {}, later) if event.region]
    board = Board(site, START)
    for second in range(60):
        shown = DENSE if second % 8 else CALM
        board.hear([reading(at=START.later(second).wall, **shown)], START.later(second))
    heard = facts(readings=board.facts().readings)
    assert not [event for event in watch(site, heard, {}, START.later(59)) if event.region]


def test_of_levels_that_come_and_go_the_one_that_lasts_is_told(site: Site) -> None:
    board = Board(site, START)
    for second in range(21):
        level = Level.CRITICAL if second % 5 else Level.CAUTION
        board.hear([reading(at=START.later(second).wall, **(DENSE | {"level": level}))], START.later(second))
    heard = facts(readings=board.facts().readings)
    assert [event.level for event in watch(site, heard, {}, START.later(20)) if event.region] == [Level.CAUTION]


def test_no_level_is_told_of_workers_in_each_others_way_or_of_a_camera_that_is_switched_off(
    site: Site, tmp_path: Path
) -> None:
    heard, now = said_of_square(site, for_s=60, **DENSE)
    assert keys(watch(site, heard, {}, now, "two workers watch gate")) == [("service/-/double-watch", "raised")]
    gate = site.cameras["gate"].model_copy(update={"enabled": False})
    off = site.model_copy(update={"cameras": {**site.cameras, "gate": gate}})
    assert watch(off, heard, {}, now) == []
