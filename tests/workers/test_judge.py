"""The judge's memory: over a restart nothing is raised twice, nothing is left open, and a full disk loses no event."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crushwatch.bus import MemoryBus, Outbox
from crushwatch.messages import AlertChange, AlertEvent, Level
from crushwatch.rules import CameraSight
from crushwatch.site import Site
from support.timeline import START, moment, reading
from workers.judge import Judge

REGION = {"polygon_px": [[0, 0], [9, 0], [9, 9]], "area_m2": 10}


def site(*regions: str, enabled: bool = True) -> Site:
    camera = {"source": "sim:gate", "picture_size_px": [100, 100], "regions": dict.fromkeys(regions, REGION)}
    return Site.model_validate({"id": "s", "cameras": {"gate": camera | {"enabled": enabled}}})


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    made = Outbox(tmp_path / "outbox.db")
    yield made
    made.close()


def events(outbox: Outbox) -> list[AlertEvent]:
    bus = MemoryBus()
    outbox.deliver(bus)
    found = [received.message for received in bus.read("test", "one", limit=1000, block_s=0)]
    return [event for event in found if isinstance(event, AlertEvent)]


def feed(judge: Judge, density: float, start: int, end: int) -> Level:
    for second in range(start, end + 1):
        level = judge.region(reading(second, density)).level
    return level


def look(judge: Judge, seen: CameraSight, second: float, *, set_by_s: float = 0.0) -> None:
    """At that second of the clock that only runs; the wall clock has been set by so much."""
    judge.camera("gate", seen, moment(second + set_by_s), moment(second).timestamp())


def test_a_reading_leaves_with_its_level(outbox: Outbox) -> None:
    judge = Judge(site("front"), outbox, START)
    assert feed(judge, 0.5, 0, 3) is Level.CLEAR
    assert feed(judge, 4.5, 4, 14) is Level.ALERT
    assert [event.change for event in events(outbox)] == [AlertChange.RAISED]


def test_a_reading_that_holds_its_level_says_what_will_end_it(outbox: Outbox) -> None:
    judge = Judge(site("front"), outbox, START)
    feed(judge, 5.5, 0, 20)
    assert judge.region(reading(21, 5.5)).holds is None
    told = judge.region(reading(22, 1.2))
    assert told.level is Level.CRITICAL
    assert told.holds is not None
    assert [(hold.rule, hold.calm_since, hold.for_s) for hold in told.holds] == [("levels", moment(22), 60)]


def test_a_worker_killed_with_an_alert_open_does_not_raise_it_again_and_closes_it(outbox: Outbox) -> None:
    feed(Judge(site("front"), outbox, START), 4.5, 0, 20)
    again = Judge(site("front"), outbox, moment(25))
    assert feed(again, 4.5, 25, 40) is Level.ALERT
    feed(again, 0.5, 41, 101)
    told = events(outbox)
    assert [event.change for event in told] == [AlertChange.RAISED, AlertChange.CLEARED]
    assert told[0].alert_id == told[1].alert_id


def test_a_dwell_goes_on_over_a_short_restart(outbox: Outbox) -> None:
    first = Judge(site("front"), outbox, START)
    feed(first, 4.5, 0, 6)
    first.keep(moment(6))
    again = Judge(site("front"), outbox, moment(8))
    feed(again, 4.5, 8, 10)
    assert [event.change for event in events(outbox)] == [AlertChange.RAISED]


def test_a_memory_that_cannot_be_read_ends_no_watch_and_harms_no_other(outbox: Outbox) -> None:
    feed(Judge(site("front", "back"), outbox, START), 6.5, 0, 20)
    raised = events(outbox)
    assert "critical" in {event.level.value for event in raised}
    whole = outbox.states()["gate/front"]
    outbox.commit([], {"gate/back": whole[:40], "gone/region": "{", "gate": "no state at all"})
    judge = Judge(site("front", "back"), outbox, moment(21))
    assert feed(judge, 6.5, 22, 40) is Level.CRITICAL
    assert events(outbox) == []
    assert outbox.states().keys() == {"gate", "gate/back", "gate/front"}


def test_the_alert_of_a_region_that_left_the_site_file_is_closed_at_the_next_start(outbox: Outbox) -> None:
    feed(Judge(site("front", "back"), outbox, START), 4.5, 0, 12)
    Judge(site("back"), outbox, moment(20))
    told = events(outbox)
    assert [event.change for event in told] == [AlertChange.RAISED, AlertChange.CLEARED]
    assert "left the site file" in told[1].because
    assert "gate/front" not in outbox.states()


def test_a_camera_switched_off_and_on_again_raises_its_alerts_anew(outbox: Outbox) -> None:
    watching = Judge(site("front"), outbox, START)
    feed(watching, 4.5, 0, 12)
    for second in range(12, 40):
        look(watching, CameraSight(moment(10), moment(10), None, 120.0), second)
    Judge(site("front", enabled=False), outbox, moment(40))
    assert outbox.states() == {}
    feed(Judge(site("front"), outbox, moment(60)), 4.5, 60, 72)
    told = [(event.rule, event.change.value) for event in events(outbox)]
    assert told[:2] == [("levels", "raised"), ("camera-silent", "raised")]
    assert sorted(told[2:4]) == [("camera-silent", "cleared"), ("levels", "cleared")]
    assert told[4:] == [("levels", "raised")]


def test_while_the_disk_refuses_events_go_out_from_memory_and_once_it_has_room_none_goes_twice(outbox: Outbox) -> None:
    judge = Judge(site("front"), outbox, START)
    feed(judge, 0.5, 0, 6)
    outbox._database.execute("PRAGMA query_only = ON")  # as a disk that takes nothing any more
    assert feed(judge, 4.5, 7, 20) is Level.ALERT
    assert [event.change for event in events(outbox)] == [AlertChange.RAISED]
    judge.keep(moment(25))
    assert len(outbox) == 0
    outbox._database.execute("PRAGMA query_only = OFF")
    judge.keep(moment(30))
    assert len(outbox) == 0
    assert outbox.states()


def test_a_region_leaves_the_site_file_while_the_disk_refuses_and_its_alert_ends_all_the_same(outbox: Outbox) -> None:
    feed(Judge(site("front", "back"), outbox, START), 4.5, 0, 12)
    assert [event.change for event in events(outbox)] == [AlertChange.RAISED]
    outbox._database.execute("PRAGMA query_only = ON")
    Judge(site("back"), outbox, moment(20))
    assert [event.change for event in events(outbox)] == [AlertChange.CLEARED]


def test_a_region_that_left_while_the_disk_was_full_and_comes_back_raises_its_alerts_anew(outbox: Outbox) -> None:
    feed(Judge(site("front", "back"), outbox, START), 7.0, 0, 12)
    assert [event.change for event in events(outbox)] == [AlertChange.RAISED]
    outbox._database.execute("PRAGMA query_only = ON")
    without = Judge(site("back"), outbox, moment(20))
    assert [event.change for event in events(outbox)] == [AlertChange.CLEARED]
    outbox._database.execute("PRAGMA query_only = OFF")
    without.keep(moment(30))
    assert "gate/front" not in outbox.states()
    assert feed(Judge(site("front", "back"), outbox, moment(60)), 7.0, 60, 80) is Level.CRITICAL
    assert [event.change for event in events(outbox)] == [AlertChange.RAISED]


def test_what_leaves_the_site_file_is_forgotten_together_with_the_end_of_its_alerts(outbox: Outbox) -> None:
    feed(Judge(site("front", "back"), outbox, START), 4.5, 0, 12)
    events(outbox)
    refuse_deletions = "CREATE TRIGGER full BEFORE DELETE ON rule_state BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    outbox._database.execute(refuse_deletions)
    without = Judge(site("back"), outbox, moment(20))
    told = [event.event_id for event in events(outbox)]
    outbox._database.execute("DROP TRIGGER full")
    without.keep(moment(30))
    told += [event.event_id for event in events(outbox)]
    assert len(told) == 1
    assert "gate/front" not in outbox.states()


def test_a_silent_camera_is_told_and_its_open_density_alert_stays(outbox: Outbox) -> None:
    judge = Judge(site("front"), outbox, START)
    feed(judge, 4.5, 0, 10)
    silent = CameraSight(moment(10), moment(10), None, 120.0)
    for second in range(10, 40):
        look(judge, silent, second)
    assert [(event.rule, event.change.value) for event in events(outbox)] == [
        ("levels", "raised"),
        ("camera-silent", "raised"),
    ]
    assert judge.open_since("gate").keys() == {"camera-silent"}
    assert judge.level("gate", "front", moment(40)) is Level.UNKNOWN


@pytest.mark.parametrize("set_by_s", [-3600, 0, 3600], ids=["set back", "left alone", "set ahead"])
def test_a_wall_clock_that_is_set_switches_no_fault_of_a_camera_and_events_bear_its_time(
    outbox: Outbox, set_by_s: float
) -> None:
    judge, told = Judge(site("front"), outbox, START), []
    good = {"motion_known": True, "luma": 120.0}
    for half in range(80):
        second = half / 2
        frame_at = 0.0 if second < 18 else 18.0 if second < 20 else second  # one picture at 18 s, more from 20 s on
        seen = CameraSight(moment(frame_at), moment(frame_at), None, **(good | {"luma": 3.0} if second >= 30 else good))
        look(judge, seen, second, set_by_s=(19 <= second < 32) * set_by_s)
        told += [(second, event) for event in events(outbox)]
    assert [(second, event.rule, event.change.value) for second, event in told] == [
        (15.0, "camera-silent", "raised"),
        (23.0, "camera-silent", "cleared"),
    ]
    assert told[1][1].captured_at == moment(23 + set_by_s)


def test_a_camera_is_judged_anew_after_a_restart_whatever_its_machine_s_clock_says_then(outbox: Outbox) -> None:
    before = Judge(site("front"), outbox, START)
    for second in range(40):
        look(before, CameraSight(START, START, None, 120.0), second)
    for second in range(40, 44):
        look(before, CameraSight(moment(second), moment(second), None, 3.0), second)
    before.keep(moment(44))
    after = Judge(site("front"), outbox, moment(50))
    for second in range(5000, 5005):  # the machine was started anew, and its clock that only runs with it
        look(after, CameraSight(moment(second), moment(second), None, 3.0), second)
        assert after.open_since("gate").keys() == {"camera-silent"}
    look(after, CameraSight(moment(5005), moment(5005), None, 3.0), 5005)
    assert after.open_since("gate") == {}
    look(after, CameraSight(moment(5010), moment(5010), None, 3.0), 5010)
    assert after.open_since("gate").keys() == {"camera-dark"}


def test_figures_of_a_frozen_picture_are_named_worthless(outbox: Outbox) -> None:
    judge = Judge(site("front"), outbox, START)
    for second in range(20):
        look(judge, CameraSight(moment(second), moment(second), START, 120.0), second)
    assert judge.picture_doubts("gate") == ((0.0, "the picture is frozen"),)


def test_a_camera_that_another_worker_watches_now_keeps_its_alert(outbox: Outbox) -> None:
    feed(Judge(site("front"), outbox, START), 4.5, 0, 12)
    other = Site.model_validate({"id": "s", "cameras": {"hall": {"source": "sim:calm"}}})
    Judge(other, outbox, moment(20), elsewhere=frozenset({"gate"}))
    assert [event.change for event in events(outbox)] == [AlertChange.RAISED]
    assert "gate/front" in outbox.states()
