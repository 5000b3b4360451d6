"""The store, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import itertools
import stat
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from crushwatch.errors import SiteError
from crushwatch.messages import Band, Level, RegionReading
from crushwatch.site import SecretUrl
from service.alarms.alert import Alert, after_acknowledgement, after_event
from service.alarms.ledger import record
from service.alarms.lifecycle import AlertState
from service.store import Database, RefusedError, StoreError, alerts, audit, deliveries, readings, rejected, sessions
from service.store.deliveries import Delivery, DeliveryState, NewDelivery
from service.store.readings import ReadingKey
from service.store.tables import metadata
from support.service_messages import alert_event, reading, utc_now


def test_the_migrations_lead_to_the_tables_as_they_are_written(database: Database) -> None:
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert database.schema_revision() == "0004"


def test_what_was_stored_before_there_were_intervals_stays_readable(tmp_path: Path) -> None:
    database = Database(SecretUrl(f"sqlite:///{tmp_path / 'old.db'}"))
    database.migrate()
    with database.writing() as connection:
        readings.insert(connection, [reading()])
        connection.exec_driver_sql("ALTER TABLE readings DROP COLUMN band")
        for table, end in itertools.product(("alerts", "alert_events"), ("value_low", "value_high")):
            connection.exec_driver_sql(f"ALTER TABLE {table} DROP COLUMN {end}")
        for column in ("level_at", "highest_because", "highest_at", "highest_per_m2"):
            connection.exec_driver_sql(f"ALTER TABLE alerts DROP COLUMN {column}")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    database.migrate()
    with database.reading() as connection:
        assert readings.page(connection, "demo")[0].band is None
    database.close()


def test_an_alert_of_before_gets_what_raised_it_highest_from_its_ledger(tmp_path: Path) -> None:
    database = Database(SecretUrl(f"sqlite:///{tmp_path / 'old.db'}"))
    database.migrate()
    critical = alert_event("escalated", "critical", because="5.4 people/m² for 12 s, threshold 5.0")
    with database.writing() as connection:
        record(connection, [alert_event("raised", "caution"), critical, alert_event("lowered", "caution")], utc_now())
        for column in ("highest_because", "highest_at", "highest_per_m2"):
            connection.exec_driver_sql(f"ALTER TABLE alerts DROP COLUMN {column}")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0003'")
    database.migrate()
    with database.reading() as connection:
        (alert,) = alerts.all_open(connection)
    assert (alert.highest_because, alert.highest_at) == (critical.because, critical.captured_at)
    database.close()


def test_an_alert_that_clears_has_the_highest_density_of_its_region_since_it_was_raised(database: Database) -> None:
    began = utc_now()

    def figures(at_s: float, density: float, peak: float, quality: float = 1.0) -> RegionReading:
        at = began + timedelta(seconds=at_s)
        return reading(at=at, density_per_m2=density, peak_density_per_m2=peak, quality=quality)

    dense = [figures(-5, 7, 8), figures(1, 4, 5.4), figures(9, 4.8, 6.04), figures(10, 9, 9, 0), figures(80, 0.5, 0.7)]
    ended = began + timedelta(seconds=80)
    with database.writing() as connection:
        readings.insert(connection, dense)
        (raised,) = record(connection, [alert_event("raised", "critical", at=began)], began).steps
        (cleared,) = record(connection, [alert_event("cleared", at=ended)], ended).steps
        assert raised.alert.highest_per_m2 is None
        assert cleared.alert.highest_per_m2 == 6.04
        assert alerts.find(connection, cleared.alert.alert_id) == cleared.alert


def test_migrating_twice_changes_nothing(database: Database) -> None:
    with database.writing() as connection:
        readings.insert(connection, [reading()])
    database.migrate()
    with database.reading() as connection:
        assert len(readings.page(connection, "demo")) == 1


def test_a_reading_comes_back_as_it_was(database: Database) -> None:
    band = Band(count_low=36, count_high=50, density_low_per_m2=1.8, density_high_per_m2=2.5, own_frames=40)
    told = reading(quality=0.5, quality_reasons=("dark", "far"), truth_count=40, rate_per_m2_per_min=-0.4, band=band)
    bare = reading("hall", "picture", area_m2=None, density_per_m2=None, peak_density_per_m2=None)
    with database.writing() as connection:
        assert readings.insert(connection, [told, bare]) == 2
        assert readings.latest(connection, "demo", "gate", "square") == told
        assert readings.latest(connection, "demo", "hall", "picture") == bare


def test_a_reading_that_comes_twice_is_stored_once(database: Database) -> None:
    one = reading()
    with database.writing() as connection:
        assert readings.insert(connection, [one, one]) == 1
        assert readings.insert(connection, [one, reading()]) == 1
        assert len(readings.page(connection, "demo")) == 2


def test_pages_of_readings_leave_none_out_and_show_none_twice(database: Database) -> None:
    start = utc_now()
    all_of_them = [
        reading(camera, "square", at=start + timedelta(seconds=second)) for second in range(25) for camera in "ab"
    ]
    with database.writing() as connection:
        readings.insert(connection, all_of_them)
        seen, before = [], None
        while page := readings.page(connection, "demo", before=before, limit=7):
            seen += page
            before = ReadingKey(page[-1].captured_at, page[-1].camera, page[-1].region)
    assert len(seen) == 50
    keys = [(item.captured_at, item.camera) for item in seen]
    assert keys == sorted(set(keys), reverse=True)


def test_readings_are_found_by_camera_region_and_time(database: Database) -> None:
    start = utc_now()
    with database.writing() as connection:
        readings.insert(
            connection, [reading(camera, at=start + timedelta(seconds=s)) for s in range(5) for camera in "ab"]
        )
        since, until = start + timedelta(seconds=1), start + timedelta(seconds=3)
        found = readings.page(connection, "demo", camera="a", region="square", since=since, until=until)
        assert [item.captured_at for item in found] == [start + timedelta(seconds=2), since]
        figures = readings.figures(connection, "a", "square", since, until)
        assert [figure.captured_at for figure in figures] == [since, start + timedelta(seconds=2)]


def test_what_a_covered_camera_counts_is_no_figure_of_a_trend(database: Database) -> None:
    start = utc_now()
    covered = reading("a", at=start + timedelta(seconds=1)).model_copy(update={"density_per_m2": 0.0, "quality": 0.0})
    with database.writing() as connection:
        readings.insert(connection, [reading("a", at=start), covered])
        figures = readings.figures(connection, "a", "square", start, start + timedelta(seconds=9))
    assert [figure.captured_at for figure in figures] == [start]


def test_readings_that_are_too_old_go_bit_by_bit(database: Database) -> None:
    now = utc_now()
    with database.writing() as connection:
        readings.insert(connection, [reading(at=now - timedelta(days=n, seconds=1)) for n in range(10)])
        assert readings.prune(connection, now - timedelta(days=5), limit=3) == 3
        assert readings.prune(connection, now - timedelta(days=5), limit=3) == 2
        assert readings.prune(connection, now - timedelta(days=5), limit=3) == 0
        assert len(readings.page(connection, "demo")) == 5


def test_an_event_that_comes_twice_makes_one_step(database: Database) -> None:
    event = alert_event()
    with database.writing() as connection:
        assert len(record(connection, [event, event], utc_now()).steps) == 1
    with database.writing() as connection:
        again = record(connection, [event], utc_now())
        assert (again.steps, again.new_events) == ((), 0)
        assert len(alerts.ledger(connection, "a-1")) == 1


def test_an_alert_and_its_ledger_come_back_as_they_were(database: Database) -> None:
    events = [alert_event("raised", "caution"), alert_event("escalated", "critical"), alert_event("cleared")]
    expected: Alert | None = None
    with database.writing() as connection:
        record(connection, events, utc_now())
        for event in events:
            expected = after_event(expected, event)
        assert alerts.open_for_key(connection, "gate/square/levels") == expected
        steps = alerts.ledger(connection, "a-1")
    assert [step.change.value for step in steps] == ["raised", "escalated", "cleared"]
    assert [step.level for step in steps] == [Level.CAUTION, Level.CRITICAL, Level.CLEAR]


def test_an_alert_is_found_by_the_id_of_an_event_that_joined_it(database: Database) -> None:
    with database.writing() as connection:
        record(connection, [alert_event(), alert_event(alert_id="a-2")], utc_now())
        found = alerts.find(connection, "a-2")
        assert found is not None
        assert found.alert_id == "a-1"
        assert [entry.joined for entry in alerts.ledger(connection, "a-1")] == [False, True]
        assert alerts.find(connection, "a-3") is None


def test_the_database_itself_refuses_a_second_open_alert_of_a_key(database: Database) -> None:
    alert = after_event(None, alert_event())

    def save(alert_id: str) -> None:
        with database.writing() as connection:
            alerts.save(connection, replace(alert, alert_id=alert_id), new=True)

    save("a-1")
    with pytest.raises(RefusedError):
        save("a-2")


def test_a_closed_alert_makes_room_for_the_next_of_its_key(database: Database) -> None:
    with database.writing() as connection:
        record(connection, [alert_event()], utc_now())
        alert = alerts.find(connection, "a-1")
        assert alert is not None
        alerts.save(connection, after_acknowledgement(alert, "Kim", None, utc_now()), new=False)
        record(connection, [alert_event("cleared"), alert_event(alert_id="a-2")], utc_now())
        shown = [item.alert.alert_id for item in alerts.page(connection, state="all")]
        assert shown == ["a-2", "a-1"]
        assert [item.alert.alert_id for item in alerts.page(connection, state="closed")] == ["a-1"]


def test_closed_alerts_are_forgotten_in_time_and_open_ones_never(database: Database) -> None:
    long_ago = utc_now() - timedelta(days=400)
    with database.writing() as connection:
        closed = alert_event(at=long_ago), alert_event("cleared", at=long_ago)
        record(connection, [closed[0], alert_event(alert_id="b", camera="hall", at=long_ago)], utc_now())
        alert = alerts.find(connection, "a-1")
        assert alert is not None
        alerts.save(connection, after_acknowledgement(alert, "Kim", None, long_ago), new=False)
        record(connection, [closed[1]], utc_now())
        assert alerts.prune(connection, utc_now() - timedelta(days=365)) == 1
        assert [item.alert.alert_id for item in alerts.page(connection, state="all")] == ["b"]
        assert alerts.ledger(connection, "a-1") == []


def letter(event_id: str, alert_id: str = "a-1", channel: str = "room") -> NewDelivery:
    return NewDelivery(channel, event_id, alert_id, "alert.raised", "{}", utc_now() + timedelta(hours=1))


def due(database: Database, channel: str = "room") -> Delivery | None:
    with database.reading() as connection:
        return deliveries.next_due(connection, channel, utc_now())


def test_an_event_is_queued_once_for_a_channel(database: Database) -> None:
    with database.writing() as connection:
        for _time in range(2):
            deliveries.enqueue(connection, [letter("e-1"), letter("e-1", channel="other")], utc_now())
        assert len(deliveries.page(connection)) == 2


def test_events_of_an_alert_are_sent_in_order_and_those_of_another_do_not_wait(database: Database) -> None:
    with database.writing() as connection:
        deliveries.enqueue(connection, [letter("e-1"), letter("e-2"), letter("e-3", "a-2")], utc_now())
    first = due(database)
    assert first is not None
    assert first.event_id == "e-1"
    with database.writing() as connection:
        deliveries.postponed(connection, first, 500, "no", utc_now() + timedelta(minutes=5))
    other = due(database)
    assert other is not None
    assert other.event_id == "e-3"
    with database.writing() as connection:
        deliveries.died(connection, first, 500, "given up")
    second = due(database)
    assert second is not None
    assert second.event_id == "e-2"


def test_a_receiver_that_takes_something_again_gets_all_that_waits_at_once(database: Database) -> None:
    with database.writing() as connection:
        deliveries.enqueue(connection, [letter("e-1"), letter("e-2", "a-2")], utc_now())
    first = due(database)
    assert first is not None
    with database.writing() as connection:
        deliveries.postponed(connection, first, 500, "no", utc_now() + timedelta(minutes=5))
    second = due(database)
    assert second is not None
    with database.writing() as connection:
        deliveries.delivered(connection, second, 200, utc_now())
    again = due(database)
    assert again is not None
    assert (again.event_id, again.attempts) == ("e-1", 1)


def test_a_dead_letter_is_kept_and_can_be_sent_again(database: Database) -> None:
    with database.writing() as connection:
        deliveries.enqueue(connection, [letter("e-1")], utc_now())
    first = due(database)
    assert first is not None
    with database.writing() as connection:
        deliveries.died(connection, first, 400, "the receiver answered 400")
        assert deliveries.tally(connection) == {("room", DeliveryState.DEAD): 1}
        deliveries.revive(connection, first.id, utc_now(), utc_now() + timedelta(hours=1))
    again = due(database)
    assert again is not None
    assert (again.event_id, again.attempts) == ("e-1", 0)


def test_what_waits_for_a_channel_that_is_gone_is_given_up_in_time(database: Database) -> None:
    with database.writing() as connection:
        deliveries.enqueue(connection, [letter("e-1")], utc_now())
        assert deliveries.expire(connection, utc_now()) == 0
        assert deliveries.expire(connection, utc_now() + timedelta(hours=2)) == 1
        assert deliveries.page(connection, state=DeliveryState.DEAD)[0].last_error


def test_a_closed_channel_says_why_until_it_is_opened(database: Database) -> None:
    with database.writing() as connection:
        deliveries.close_channel(connection, "room", "gone", utc_now())
        deliveries.close_channel(connection, "room", "gone for good", utc_now())
        assert deliveries.channels_closed(connection) == {"room": "gone for good"}
        deliveries.open_channel(connection, "room")
        assert deliveries.channels_closed(connection) == {}


def test_what_people_did_is_written_down(database: Database) -> None:
    act = audit.Act(utc_now(), "Kim", "acknowledge", "a-1", "on my way")
    with database.writing() as connection:
        audit.enter(connection, act)
        assert audit.of_alert(connection, "a-1") == [act]


def test_the_signing_key_stays_the_same(database: Database) -> None:
    with database.writing() as connection:
        first = sessions.signing_key(connection)
    with database.writing() as connection:
        assert sessions.signing_key(connection) == first
        sessions.end(connection, "nonce", utc_now())
        sessions.end(connection, "nonce", utc_now())
        assert sessions.ended(connection) == {"nonce"}
        sessions.prune(connection, utc_now())
        assert sessions.ended(connection) == frozenset()


def test_a_rejected_message_is_noted_once(database: Database) -> None:
    with database.writing() as connection:
        for _time in range(2):
            rejected.enter(connection, "alerts", "1-1", "no message", utc_now())
        assert rejected.count(connection) == 1


def test_a_block_that_raises_changes_nothing(database: Database) -> None:
    def insert_and_fail() -> None:
        with database.writing() as connection:
            readings.insert(connection, [reading()])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        insert_and_fail()
    with database.reading() as connection:
        assert readings.page(connection, "demo") == []


def test_many_threads_write_at_once_and_nothing_is_lost(database: Database) -> None:
    def write(number: int) -> None:
        for step in range(10):
            with database.writing(durable=step % 2 == 0) as connection:
                readings.latest(connection, "demo", "gate", "square")
                readings.insert(connection, [reading(f"camera-{number}")])

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as connection:
        assert len(readings.page(connection, "demo", limit=100)) == 60


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite://", "forgets its alerts"),
        ("sqlite:///:memory:", "forgets its alerts"),
        ("mysql://root:secret-pw@db/x", "sqlite and postgresql"),
        ("no url with secret-pw", "no database URL"),
        ("postgresql+psycopg://crowd@host:secret-pw/x", "no database URL"),
    ],
)
def test_a_database_that_cannot_be_used_is_refused_with_what_can(url: str, words: str) -> None:
    with pytest.raises(SiteError, match=words) as refused:
        Database(SecretUrl(url))
    assert "secret-pw" not in str(refused.value)


def test_a_database_that_is_away_is_said_without_its_password(tmp_path: Path) -> None:
    away = Database(SecretUrl("postgresql+psycopg://crowd:secret-pw@127.0.0.1:1/x"))
    with pytest.raises(StoreError) as failed:
        away.migrate()
    assert "secret-pw" not in str(failed.value)
    assert "127.0.0.1" in str(failed.value)
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(StoreError, match="unable to open database file"):
        Database(SecretUrl(f"sqlite:///{tmp_path}/folder.db")).migrate()


def test_what_was_acknowledged_stays_acknowledged(database: Database) -> None:
    with database.writing() as connection:
        record(connection, [alert_event()], utc_now())
        alert = alerts.find(connection, "a-1")
        assert alert is not None
        alerts.save(connection, after_acknowledgement(alert, "Kim", "seen", utc_now()), new=False)
    with database.reading() as connection:
        (kept,) = alerts.all_open(connection)
    assert (kept.state, kept.acknowledged_by, kept.note) == (AlertState.ACKNOWLEDGED, "Kim", "seen")


def test_a_new_database_is_for_its_owner_alone_and_so_is_what_lies_beside_it(tmp_path: Path) -> None:
    database = Database(SecretUrl(f"sqlite:///{tmp_path}/new/store.db"))
    database.migrate()
    with database.writing() as connection:
        rejected.enter(connection, "alerts", "1-0", "why", utc_now())
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new").iterdir()}
    database.close()
    assert modes == {"store.db": 0o600, "store.db-wal": 0o600, "store.db-shm": 0o600}


@pytest.mark.parametrize(("before", "after"), [(0o644, 0o600), (0o666, 0o600), (0o640, 0o640)], ids=oct)
def test_a_database_that_all_may_read_becomes_its_owners_and_one_that_a_group_reads_stays(
    tmp_path: Path, before: int, after: int
) -> None:
    file = tmp_path / "store.db"
    file.touch()
    file.chmod(before)
    database = Database(SecretUrl(f"sqlite:///{file}"))
    database.migrate()
    database.close()
    assert stat.S_IMODE(file.stat().st_mode) == after
