from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from crushwatch.bus import MemoryBus, Outbox, OutboxError
from crushwatch.claim import Claims
from crushwatch.errors import BusError

from .test_contract import alert, read_all


def test_events_wait_while_the_bus_is_away_and_go_in_order_when_it_returns(tmp_path: Path) -> None:
    bus, outbox = MemoryBus(), Outbox(tmp_path / "outbox.db")
    bus.go_away()
    outbox.commit([alert(0), alert(1)], {})
    outbox.commit([alert(2)], {})
    with pytest.raises(BusError):
        outbox.deliver(bus)
    assert len(outbox) == 3
    bus.come_back()
    assert outbox.deliver(bus) == 3
    assert read_all(bus) == [alert(0), alert(1), alert(2)]
    assert len(outbox) == 0
    outbox.close()


def test_events_and_states_survive_a_restart(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db")
    outbox.commit([alert(0)], {"gate/front": "raised"})
    outbox.close()
    again, bus = Outbox(tmp_path / "outbox.db"), MemoryBus()
    assert again.states() == {"gate/front": "raised"}
    again.deliver(bus)
    assert read_all(bus) == [alert(0)]
    again.close()


def test_when_the_disk_refuses_neither_event_nor_state_is_kept(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db")
    outbox._database.execute("PRAGMA max_page_count = 1")
    with pytest.raises(OutboxError, match="cannot be kept on disk"):
        outbox.commit([alert(number) for number in range(200)], {"gate/front": "raised"})
    outbox.close()
    again = Outbox(tmp_path / "outbox.db")
    assert (len(again), again.states()) == (0, {})
    again.close()


def test_a_full_outbox_drops_its_oldest_events_and_counts_them(tmp_path: Path) -> None:
    bus, outbox = MemoryBus(), Outbox(tmp_path / "outbox.db", limit=2)
    outbox.commit([alert(0), alert(1), alert(2)], {})
    outbox.deliver(bus)
    assert read_all(bus) == [alert(1), alert(2)]
    assert outbox.dropped == 1
    outbox.close()


def test_a_folder_that_cannot_be_made_is_named_with_the_setting_to_change(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutboxError, match=r"worker\.state_dir"):
        Outbox(tmp_path / "file" / "outbox.db")


def test_the_file_is_an_ordinary_sqlite_database(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db")
    outbox.close()
    connection = sqlite3.connect(tmp_path / "outbox.db")
    assert {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")} >= {
        "outbox",
        "rule_state",
    }
    connection.close()


def test_a_row_that_cannot_be_read_does_not_hold_up_the_next(tmp_path: Path) -> None:
    bus, outbox = MemoryBus(), Outbox(tmp_path / "outbox.db")
    outbox._database.execute("INSERT INTO outbox (event) VALUES (?)", (b"{spoilt",))
    outbox.commit([alert(1)], {})
    outbox.deliver(bus)
    assert read_all(bus) == [alert(1)]
    assert (len(outbox), outbox.dropped) == (0, 1)
    outbox.close()


@pytest.fixture
def everybody_may_read() -> Iterator[None]:
    """The umask under which what is made is for all."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("everybody_may_read")
def test_the_outbox_and_its_folder_are_for_their_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with Claims() as claims:
        claims.take(folder / "outbox.db", "state of a worker", "worker")
        outbox = Outbox(folder / "outbox.db")
        outbox.commit([alert(0)], {})
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}
        outbox.close()
    assert modes.pop("state") == 0o700
    assert set(modes) >= {"outbox.db", "outbox.db-wal", "outbox.db.lock"}
    assert set(modes.values()) == {0o600}


def test_an_outbox_of_before_that_all_may_read_becomes_its_owners(tmp_path: Path) -> None:
    file = tmp_path / "outbox.db"
    file.touch()
    file.chmod(0o644)
    Outbox(file).close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@contextmanager
def full_disk(outbox: Outbox) -> Iterator[None]:
    """As a disk that takes nothing any more: SQLite may not let the file grow, nor write what is in it."""
    outbox._database.execute("PRAGMA query_only = ON")
    yield
    outbox._database.execute("PRAGMA query_only = OFF")


def test_what_a_full_disk_refuses_is_delivered_all_the_same_and_each_once(tmp_path: Path) -> None:
    bus, outbox, events = MemoryBus(), Outbox(tmp_path / "outbox.db"), [alert(0), alert(1), alert(2)]
    outbox.commit(events[:1], {"gate": "0"})
    with full_disk(outbox):
        for known in (2, 3, 3):
            with pytest.raises(OutboxError):
                outbox.commit(events[1:known], {"gate": "1"})
            while len(outbox):
                outbox.deliver(bus)
    assert read_all(bus) == events
    outbox.commit(events[1:], {"gate": "1"})
    assert (len(outbox), outbox.states()) == (0, {"gate": "1"})
    outbox.commit([alert(3)], {})
    assert outbox.deliver(bus) == 1
    assert read_all(bus) == [alert(3)]
    outbox.close()
    again = Outbox(tmp_path / "outbox.db")
    assert len(again) == 0
    again.close()


def test_what_a_full_disk_refused_waits_in_order_while_the_bus_is_away(tmp_path: Path) -> None:
    bus, outbox = MemoryBus(), Outbox(tmp_path / "outbox.db")
    outbox.commit([alert(0)], {})
    bus.go_away()
    with full_disk(outbox), pytest.raises(OutboxError):
        outbox.commit([alert(1)], {})
    with pytest.raises(BusError):
        outbox.deliver(bus)
    outbox.commit([alert(1), alert(2)], {})
    bus.come_back()
    assert len(outbox) == 3
    while len(outbox):
        outbox.deliver(bus)
    assert read_all(bus) == [alert(0), alert(1), alert(2)]
    outbox.close()


def spoil(file: Path, *, first_byte: int = 0) -> None:
    """As a disk does that dies, or a machine that loses its power in the middle of a write."""
    whole = bytearray(file.read_bytes())
    whole[first_byte:] = bytes(value ^ 0x5A for value in whole[first_byte:])
    file.write_bytes(whole)


@pytest.mark.parametrize("first_byte", [0, 4096], ids=["all of it", "what is kept in it"])
def test_a_file_that_the_disk_has_spoilt_is_laid_aside_and_the_watch_goes_on(tmp_path: Path, first_byte: int) -> None:
    file, bus = tmp_path / "outbox.db", MemoryBus()
    outbox = Outbox(file)
    outbox.commit([alert(number) for number in range(50)], {"gate/front": "raised"})
    outbox.close()
    spoil(file, first_byte=first_byte)
    with capture_logs() as told:
        again = Outbox(file)
    assert [line["event"] for line in told] == ["the outbox is spoilt and laid aside, a new one is begun"]
    again.commit([alert(1)], {"gate/front": "raised"})
    assert again.deliver(bus) == 1
    assert again.states() == {"gate/front": "raised"}
    again.close()
    assert (tmp_path / "outbox.db.spoilt").is_file()


def test_a_file_that_may_not_be_opened_is_not_taken_for_a_spoilt_one(tmp_path: Path) -> None:
    file = tmp_path / "outbox.db"
    file.mkdir()
    with pytest.raises(OutboxError, match=r"set worker\.state_dir elsewhere"):
        Outbox(file)
    assert file.is_dir()


def test_a_file_that_can_be_read_no_more_keeps_no_new_alert_back(tmp_path: Path) -> None:
    bus, outbox = MemoryBus(), Outbox(tmp_path / "outbox.db")
    outbox.commit([alert(0)], {"gate": "0"})
    with sqlite3.connect(tmp_path / "outbox.db") as other:
        other.execute("DROP TABLE outbox")
    other.close()
    with pytest.raises(OutboxError):
        outbox.commit([alert(1), alert(2)], {"gate": "1"})
    assert len(outbox) == 2
    assert outbox.deliver(bus) == 2
    assert len(outbox) == 0
    assert read_all(bus) == [alert(1), alert(2)]
    outbox.close()
