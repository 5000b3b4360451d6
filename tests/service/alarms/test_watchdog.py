"""What the service raises itself: silence and a lost bus, decided from values alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crushwatch.messages import AlertEvent, CameraState, Level
from crushwatch.site import Site
from crushwatch.stood_still import StoodStill
from service.alarms.alert import Alert
from service.alarms.watchdog import watch
from service.board import Board, BusSense, HeardReading, HeardWorker
from service.clock import Instant
from support.service_messages import alert_event, camera_health, reading, worker_health
from support.service_site import site as make_site
from support.watched import START, both_cameras, camera, facts, keys, opened, restarted, worker


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path)


def test_a_service_that_stood_still_blames_nobody_for_it_and_hears_silence_after_it(site: Site) -> None:
    board, woke = Board(site, START), START.later(22)
    stood_still = StoodStill(every_s=1.0, silent_after_s=site.rules.camera.silent_after_s)
    stood_still.looked(START.monotonic_s)
    reports = [camera_health(at=START.wall), camera_health("hall", at=START.wall)]
    board.hear([*reports, worker_health(at=START.wall)], START)
    assert stood_still.lasted_s(woke.monotonic_s) == 21
    board.hears_anew(woke)
    assert watch(site, board.facts(), {}, woke) == []
    silent = {event.rule for event in watch(site, board.facts(), {}, woke.later(16))}
    assert silent == {"worker-silent"}


def test_nothing_is_raised_while_everybody_speaks(site: Site) -> None:
    now = START.later(3600)
    heard = facts(cameras=both_cameras(now), workers={"worker-1": worker(now)})
    assert watch(site, heard, {}, now) == []


def test_a_camera_of_which_nobody_speaks_is_silent_after_the_configured_time(site: Site) -> None:
    heard = facts(cameras=both_cameras(START))
    assert watch(site, heard, {}, START.later(14.9)) == []
    events = watch(site, heard, {}, START.later(15))
    assert keys(events) == [("gate/-/camera-silent", "raised"), ("hall/-/camera-silent", "raised")]
    assert {event.level for event in events} == {Level.ALERT}
    assert "15 s" in events[0].because


def test_a_camera_that_was_never_heard_is_silent_too(site: Site) -> None:
    assert keys(watch(site, facts(), {}, START.later(16))) == [
        ("gate/-/camera-silent", "raised"),
        ("hall/-/camera-silent", "raised"),
    ]


def test_an_alert_that_is_open_already_is_not_raised_again(site: Site) -> None:
    heard = facts(cameras=both_cameras(START))
    alerts = opened(watch(site, heard, {}, START.later(15)))
    assert watch(site, heard, alerts, START.later(16)) == []


def test_an_alert_that_came_back_to_normal_unacknowledged_can_be_raised_again(site: Site) -> None:
    heard = facts(cameras=both_cameras(START))
    alerts = opened(watch(site, heard, {}, START.later(15)))
    back = facts(cameras=both_cameras(START.later(60)))
    alerts = opened(watch(site, back, alerts, START.later(60)), alerts)
    assert [alert.is_raised for alert in alerts.values()] == [False, False]
    assert len(watch(site, back, alerts, START.later(80))) == 2


def test_silence_ends_when_the_camera_has_been_good_for_the_configured_time(site: Site) -> None:
    alerts = opened(watch(site, facts(cameras=both_cameras(START)), {}, START.later(15)))
    again = START.later(100)
    just_back = facts(cameras=both_cameras(again, since=again.wall) | {"hall": camera(again, since=again.wall)})
    assert watch(site, just_back, alerts, again) == []
    later = START.later(105)
    still_good = facts(cameras={name: camera(later, since=again.wall) for name in ("gate", "hall")})
    assert keys(watch(site, still_good, alerts, later)) == [
        ("gate/-/camera-silent", "cleared"),
        ("hall/-/camera-silent", "cleared"),
    ]


def raised_by_the_worker(at: Instant) -> dict[str, Alert]:
    return opened([alert_event(at=at.wall, region=None, rule="camera-frozen")])


def test_what_was_good_before_an_alert_does_not_end_it(site: Site) -> None:
    raised = START.later(3600)
    alerts = raised_by_the_worker(raised)
    for seconds in (-1.0, 0.0, 1.0):
        at = raised.later(seconds)
        assert watch(site, facts(cameras=both_cameras(at)), alerts, raised.later(2)) == []
    now = raised.later(15)
    assert keys(watch(site, facts(cameras=both_cameras(now)), alerts, now)) == [("gate/-/camera-frozen", "cleared")]


def test_a_report_older_than_an_alert_does_not_end_it_however_long_it_counts_as_fresh(site: Site) -> None:
    patient = site.model_copy(update={"rules": site.rules.model_copy(update={"stale_after_s": 60.0})})
    raised = START.later(3600)
    heard = facts(cameras=both_cameras(raised.later(-1)))
    events = watch(patient, heard, raised_by_the_worker(raised), raised.later(30))
    assert ("gate/-/camera-frozen", "cleared") not in keys(events)


@pytest.mark.parametrize("state", [CameraState.SILENT, CameraState.FROZEN, CameraState.DARK, CameraState.STARTING])
def test_a_report_that_is_not_good_ends_no_alert(site: Site, state: CameraState) -> None:
    alerts = opened(watch(site, facts(cameras=both_cameras(START)), {}, START.later(15)))
    now = START.later(16)
    heard = facts(cameras={"gate": camera(now, state=state, since=now.wall)})
    assert ("gate/-/camera-silent", "cleared") not in keys(watch(site, heard, alerts, now))


def test_the_worker_has_its_turn_before_the_watchdog_ends_what_the_worker_raised(site: Site) -> None:
    raised = AlertEvent.model_validate(
        watch(site, facts(), {}, START.later(15))[0].model_dump() | {"alert_id": "by-the-worker"}
    )
    alerts = opened([raised])
    now = START.later(100)
    recently_good = facts(cameras=both_cameras(now, since=now.wall - timedelta(seconds=6)))
    assert watch(site, recently_good, alerts, now) == []
    long_good = facts(cameras=both_cameras(now, since=now.wall - timedelta(seconds=16)))
    assert keys(watch(site, long_good, alerts, now)) == [("gate/-/camera-silent", "cleared")]


def test_the_watchdog_stands_in_for_a_worker_that_says_silent_and_raises_nothing(site: Site) -> None:
    now = START.later(100)
    silent = {"state": CameraState.SILENT, "reason": "no answer"}
    soon = facts(cameras=both_cameras(now, since=now.wall - timedelta(seconds=20), **silent))
    assert watch(site, soon, {}, now) == []
    late = facts(cameras=both_cameras(now, since=now.wall - timedelta(seconds=26), **silent))
    assert keys(watch(site, late, {}, now)) == [("gate/-/camera-silent", "raised")]


def test_a_camera_that_is_switched_off_raises_nothing_and_ends_what_is_open(tmp_path: Path) -> None:
    on = make_site(tmp_path)
    alerts = opened(watch(on, facts(), {}, START.later(15)))
    off = on.model_copy(
        update={"cameras": {name: part.model_copy(update={"enabled": False}) for name, part in on.cameras.items()}}
    )
    assert watch(off, facts(), {}, START.later(15)) == []
    heard = restarted(START.later(16))
    assert {change for _key, change in keys(watch(off, heard, alerts, START.later(26)))} == {"cleared"}


def test_a_lost_bus_is_one_alert_and_not_one_for_every_camera(site: Site) -> None:
    lost = START.later(100)
    heard = facts(
        cameras=both_cameras(lost),
        workers={"worker-1": worker(lost)},
        bus=BusSense(reachable=False, since=lost, reason="Redis at redis://db: refused"),
    )
    assert watch(site, heard, {}, lost.later(4)) == []
    events = watch(site, heard, {}, lost.later(60))
    assert keys(events) == [("service/-/bus-unreachable", "raised")]
    assert "refused" in events[0].because


def test_after_a_lost_bus_everybody_has_time_to_speak_again(site: Site) -> None:
    back = START.later(200)
    alerts = opened(
        watch(site, facts(bus=BusSense(False, START, "gone")), {}, START.later(10)),
    )
    heard = facts(
        cameras=both_cameras(START.later(100)),
        workers={"worker-1": worker(START.later(100))},
        bus=BusSense(reachable=True, since=back),
    )
    assert keys(watch(site, heard, alerts, back.later(1))) == [("service/-/bus-unreachable", "cleared")]
    alerts = opened(watch(site, heard, alerts, back.later(1)), alerts)
    assert keys(watch(site, heard, alerts, back.later(15))) == [("worker-1/-/worker-silent", "raised")]


def test_a_worker_without_heartbeat_is_an_alert_that_ends_with_the_next_one(site: Site) -> None:
    heard = facts(cameras=both_cameras(START.later(14)), workers={"worker-1": worker(START)})
    events = watch(site, heard, {}, START.later(15))
    assert keys(events) == [("worker-1/-/worker-silent", "raised")]
    assert "gate, hall" in events[0].because
    back = facts(cameras=both_cameras(START.later(20)), workers={"worker-1": worker(START.later(20))})
    assert keys(watch(site, back, opened(events), START.later(20))) == [("worker-1/-/worker-silent", "cleared")]


def test_a_worker_whose_cameras_another_one_watches_is_missed_by_nobody(site: Site) -> None:
    now = START.later(60)
    workers = {
        "worker-1": worker(START),
        "worker-2": worker(now, "worker-2"),
    }
    heard = facts(cameras=both_cameras(now), workers=workers)
    assert watch(site, heard, {}, now) == []
    alerts = opened(watch(site, facts(workers={"worker-1": workers["worker-1"]}, cameras=both_cameras(now)), {}, now))
    assert keys(watch(site, heard, alerts, now)) == [("worker-1/-/worker-silent", "cleared")]


def test_the_same_moment_gives_the_same_ids(site: Site) -> None:
    now = START.later(15)
    assert watch(site, facts(), {}, now) == watch(site, facts(), {}, now)


def test_a_report_that_is_read_late_proves_nothing_of_now(site: Site) -> None:
    now = START.later(600)
    alerts = opened([event for event in watch(site, facts(), {}, START.later(15)) if event.camera == "gate"])
    board = Board(site, START)
    late = [camera_health("gate", at=now.wall - timedelta(seconds=40), since=START.wall)]
    board.hear([*late, camera_health("hall", at=now.wall, since=START.wall)], now)
    assert watch(site, board.facts(), alerts, now) == []
    board.hear([camera_health("gate", at=now.wall, since=START.wall)], now)
    assert keys(watch(site, board.facts(), alerts, now)) == [("gate/-/camera-silent", "cleared")]


def test_reports_that_all_come_late_are_an_alert_that_says_so(site: Site) -> None:
    now = START.later(600)
    board = Board(site, START)
    for name in ("gate", "hall"):
        board.hear([camera_health(name, at=now.wall - timedelta(seconds=40), since=START.wall)], now)
    events = watch(site, board.facts(), {}, now)
    assert [event.rule for event in events] == ["camera-silent", "camera-silent"]
    assert "40 s old when it comes" in events[0].because


def test_a_heartbeat_that_is_read_late_is_no_heartbeat(site: Site) -> None:
    now = START.later(600)
    board = Board(site, START)
    board.hear(
        [
            worker_health(at=now.wall - timedelta(seconds=16)),
            *(camera_health(name, at=now.wall) for name in ("gate", "hall")),
        ],
        now,
    )
    assert [event.rule for event in watch(site, board.facts(), {}, now)] == ["worker-silent"]


def test_a_worker_whose_clock_is_ahead_is_heard_now_and_not_later(site: Site) -> None:
    now = START.later(600)
    board = Board(site, START)
    board.hear([camera_health("gate", at=now.wall + timedelta(seconds=3600))], now)
    assert board.facts().cameras["gate"].at == now


def second_by_second(site: Site, board: Board, seconds: range, ahead_s: float) -> dict[str, Alert]:
    """What is open after a worker has spoken of both cameras every second, by a clock that is so far ahead."""
    alerts: dict[str, Alert] = {}
    for second in seconds:
        now = START.later(second)
        at = now.wall + timedelta(seconds=ahead_s)
        board.hear([camera_health(name, at=at, since=at) for name in ("gate", "hall")], now)
        board.hear([reading(at=at)], now.later(0.01))
        board.hear([worker_health(at=at)], now.later(0.02))
        alerts = opened(watch(site, board.facts(), alerts, now.later(0.5)), alerts)
    return {key: alert for key, alert in alerts.items() if alert.is_raised}


def test_a_worker_whose_clock_is_behind_is_one_alert_that_says_so(site: Site) -> None:
    alerts = second_by_second(site, Board(site, START), range(60), -600)
    assert list(alerts) == ["worker-1/-/worker-silent"]
    because = alerts["worker-1/-/worker-silent"].because
    assert "600 s old when they come" in because
    assert "its 2 cameras: gate, hall" in because


def test_a_worker_whose_clock_is_ahead_is_one_caution_that_says_so_and_ends_when_it_is_set(site: Site) -> None:
    board = Board(site, START)
    alerts = second_by_second(site, board, range(60), 600)
    assert [(key, alert.level) for key, alert in alerts.items()] == [("worker-1/-/worker-clock", Level.CAUTION)]
    assert "600 s ahead" in alerts["worker-1/-/worker-clock"].because
    now = START.later(70)
    for ahead_s, ends in ((9, False), (4, True)):
        told = worker_health(at=now.wall + timedelta(seconds=ahead_s))
        heard = replace(board.facts(), workers={"worker-1": HeardWorker(told, now, now, START)})
        assert (("worker-1/-/worker-clock", "cleared") in keys(watch(site, heard, alerts, now))) is ends


def test_what_was_on_its_way_when_the_services_clock_was_set_back_blames_no_worker(site: Site) -> None:
    board, alerts = Board(site, START), {}
    for second in range(60):
        was_set_back = second >= 20
        now = Instant(START.later(second - 600 * was_set_back).wall, START.monotonic_s + second)
        sent = now.later(600) if second == 20 else now
        board.hear([worker_health(at=sent.wall), *(camera_health(of, at=sent.wall) for of in ("gate", "hall"))], now)
        alerts = opened(watch(site, board.facts(), alerts, now.later(0.5)), alerts)
    assert alerts == {}


def test_what_was_open_of_a_workers_clock_ends_when_others_watch_its_cameras(site: Site) -> None:
    alerts = second_by_second(site, Board(site, START), range(40), 600)
    now = START.later(600)
    heard = restarted(START.later(300), cameras=both_cameras(now), workers={"worker-2": worker(now, "worker-2")})
    assert keys(watch(site, heard, alerts, now)) == [("worker-1/-/worker-clock", "cleared")]


def without_camera(site: Site, name: str) -> Site:
    return site.model_copy(update={"cameras": {key: part for key, part in site.cameras.items() if key != name}})


def test_what_is_open_about_a_camera_that_has_left_the_site_ends_and_says_why(site: Site) -> None:
    alerts = opened(watch(site, facts(), {}, START.later(15)))
    of_hall = alert_event(at=START.wall, camera="hall", region="picture", alert_id="a-2")
    alerts = opened([alert_event(at=START.wall), of_hall], alerts)
    now = START.later(30)
    heard = restarted(START.later(20), cameras={"hall": camera(now)})
    events = [event for event in watch(without_camera(site, "gate"), heard, alerts, now) if event.camera == "gate"]
    assert keys(events) == [("gate/-/camera-silent", "cleared"), ("gate/square/levels", "cleared")]
    assert {event.because for event in events} == {"the camera is no longer in the site file"}
    assert [event.alert_id for event in events] == [alerts[event.key].alert_id for event in events]
    assert all(not alert.is_raised for key, alert in opened(events, alerts).items() if key.startswith("gate/"))


def test_what_is_open_about_a_region_that_has_left_the_site_ends(site: Site) -> None:
    now = START.later(30)
    heard = restarted(START.later(20), cameras=both_cameras(now))
    raised = [alert_event(at=START.wall), alert_event(at=START.wall, region="taken-away", alert_id="a-2")]
    (event,) = watch(site, heard, opened(raised), now)
    assert (event.key, event.because) == ("gate/taken-away/levels", "the region is no longer in the site file")


def test_an_alert_of_a_worker_whose_site_file_is_newer_stays_open(site: Site) -> None:
    now = START.later(20)
    heard = facts(cameras=both_cameras(now))
    new = [alert_event(at=now.wall, region="new"), alert_event(at=now.wall, camera="new", region="a", alert_id="a-2")]
    assert watch(site, heard, opened(new), now) == []


def test_a_service_with_an_older_site_file_than_a_worker_ends_none_of_its_alerts(site: Site) -> None:
    now = START.later(30)
    alerts = opened([alert_event(at=START.wall, region="new")])
    for revision, ends in ((site.revision + 1, 0), (site.revision, 1)):
        workers = {"worker-1": worker(now), "worker-2": worker(now, "worker-2", site_revision=revision)}
        heard = restarted(START.later(20), cameras=both_cameras(now), workers=workers)
        assert len(watch(site, heard, alerts, now)) == ends


def test_a_service_that_starts_lets_the_workers_speak_before_it_ends_what_left(site: Site) -> None:
    alerts = opened([alert_event(at=START.wall, region="taken-away")])
    start, bus_back = START.later(20), START.later(100)
    for since in (start, bus_back):
        heard = restarted(start, cameras=both_cameras(since.later(9)), bus=BusSense(reachable=True, since=since))
        assert watch(site, heard, alerts, since.later(9.9)) == []
        assert len(watch(site, heard, alerts, since.later(10))) == 1
    away = restarted(start, bus=BusSense(reachable=False, since=start, reason="gone"))
    assert [event.rule for event in watch(site, away, alerts, start.later(60))] == ["bus-unreachable"]


def test_what_is_open_about_regions_of_a_camera_that_is_switched_off_ends(site: Site) -> None:
    now = START.later(30)
    parts = {name: part.model_copy(update={"enabled": name != "gate"}) for name, part in site.cameras.items()}
    off = site.model_copy(update={"cameras": parts})
    raised = [alert_event(at=START.wall), alert_event(at=START.wall, camera="hall", region="picture", alert_id="a-2")]
    heard = restarted(START.later(20), cameras=both_cameras(now))
    (event,) = watch(off, heard, opened(raised), now)
    assert (event.key, event.because) == ("gate/square/levels", "the camera is switched off in the site file")


def test_alerts_of_workers_and_of_the_bus_are_no_alerts_of_cameras_that_left(site: Site) -> None:
    now = START.later(20)
    heard = facts(cameras=both_cameras(now), bus=BusSense(reachable=False, since=START, reason="gone"))
    alerts = opened(watch(site, replace(heard, cameras=both_cameras(START)), {}, now))
    assert watch(site, heard, alerts, now) == []


def test_a_silent_worker_is_one_alert_and_not_one_for_each_of_its_cameras(site: Site) -> None:
    heard = facts(cameras=both_cameras(START), workers={"worker-1": worker(START)})
    alerts: dict[str, Alert] = {}
    for second in (14, 15, 16, 60, 3600):
        alerts |= opened(watch(site, heard, alerts, START.later(second)), alerts)
    assert list(alerts) == ["worker-1/-/worker-silent"]
    because = alerts["worker-1/-/worker-silent"].because
    assert because == "no heartbeat for 15 s: nothing is known of its 2 cameras: gate, hall"


def test_a_worker_that_speaks_and_says_nothing_of_a_camera_is_no_excuse_for_it(site: Site) -> None:
    now = START.later(15)
    heard = facts(cameras={"gate": camera(START), "hall": camera(now)}, workers={"worker-1": worker(now)})
    assert keys(watch(site, heard, {}, now)) == [("gate/-/camera-silent", "raised")]
    beside = facts(cameras=both_cameras(START), workers={"worker-1": worker(now, cameras=("hall",))})
    assert ("gate/-/camera-silent", "raised") in keys(watch(site, beside, {}, now))


def test_a_worker_that_is_back_has_time_to_speak_of_its_cameras(site: Site) -> None:
    board = Board(site, START)
    board.hear([camera_health(at=START.wall), camera_health("hall", at=START.wall)], START)
    board.hear([worker_health(at=START.wall)], START)
    back = START.later(300)
    alerts = opened(watch(site, board.facts(), {}, back))
    for second in range(20):
        now = back.later(second)
        board.hear([worker_health(at=now.wall), camera_health(at=now.wall)], now)
        events = watch(site, board.facts(), alerts, now)
        alerts = opened(events, alerts)
        if second < 15:
            assert "camera-silent" not in [event.rule for event in events]
    raised = [key for key, alert in alerts.items() if alert.is_raised]
    assert raised == ["hall/-/camera-silent"]


@pytest.mark.parametrize("every_s", [1, 6, 14])
def test_a_worker_whose_heartbeats_come_seldom_is_no_excuse_for_a_camera_it_says_nothing_of(
    site: Site, every_s: int
) -> None:
    board = Board(site, START)
    board.hear([camera_health(at=START.wall), camera_health("hall", at=START.wall)], START)
    for second in range(0, 43, every_s):
        now = START.later(second)
        board.hear([camera_health(at=now.wall), worker_health(at=now.wall)], now)
    assert keys(watch(site, board.facts(), {}, now)) == [("hall/-/camera-silent", "raised")]


def test_a_service_that_starts_while_a_worker_is_silent_raises_nothing_for_cameras_it_never_heard_of(
    site: Site,
) -> None:
    alerts = opened(watch(site, facts(workers={"worker-1": worker(START)}), {}, START.later(20)))
    begun = START.later(600)
    stored = remembered(begun, gate=START.wall, hall=START.wall)
    assert watch(site, restarted(begun, readings=stored), alerts, begun.later(60)) == []


@pytest.mark.parametrize(
    "halls", [{}, {"hall": START.later(100).wall}], ids=["never had a figure", "had one since that worker fell silent"]
)
def test_a_silent_worker_that_this_service_never_heard_hides_no_camera_that_was_not_its(
    site: Site, halls: dict[str, datetime]
) -> None:
    alerts = opened(watch(site, facts(workers={"worker-1": worker(START)}), {}, START.later(20)))
    begun = START.later(600)
    heard = restarted(begun, readings=remembered(begun, gate=START.wall, **halls))
    assert keys(watch(site, heard, alerts, begun.later(60))) == [("hall/-/camera-silent", "raised")]


def remembered(begun: Instant, **captured_at: datetime) -> dict[tuple[str, str], HeardReading]:
    """What the store has of cameras as this service begins."""
    return {(name, "picture"): HeardReading(reading(name, "picture", at), begun) for name, at in captured_at.items()}


def test_where_cameras_are_told_sooner_so_is_the_worker_that_speaks_for_them(tmp_path: Path) -> None:
    hasty = make_site(tmp_path, rules={"camera": {"silent_after_s": 6}})
    heard = facts(cameras=both_cameras(START), workers={"worker-1": worker(START)})
    assert watch(hasty, heard, {}, START.later(5.9)) == []
    assert keys(watch(hasty, heard, {}, START.later(6))) == [("worker-1/-/worker-silent", "raised")]


def test_workers_in_each_others_way_are_one_caution_until_they_are_not(site: Site) -> None:
    now = START.later(3600)
    heard = facts(cameras=both_cameras(now), workers={"worker-1": worker(now)})
    events = watch(site, heard, {}, now, "two workers watch gate")
    assert keys(events) == [("service/-/double-watch", "raised")]
    assert (events[0].level, events[0].because) == (Level.CAUTION, "two workers watch gate")
    alerts = opened(events)
    assert watch(site, heard, alerts, now, "two workers watch gate") == []
    assert keys(watch(site, heard, alerts, now)) == [("service/-/double-watch", "cleared")]


def test_a_service_that_was_started_again_does_not_clear_what_it_does_not_know_yet(site: Site) -> None:
    alerts = opened(watch(site, facts(), {}, START.later(10), "two workers watch gate"))
    start = START.later(60)

    def after(seconds: float) -> list[tuple[str, str]]:
        now = start.later(seconds)
        return keys(watch(site, restarted(start, cameras=both_cameras(now)), alerts, now))

    assert after(11) == after(42) == []
    assert after(45) == [("service/-/double-watch", "cleared")]
