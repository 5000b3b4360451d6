"""One contract for both buses: what holds for Redis holds for its twin in memory."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from crushwatch.bus import Bus, MemoryBus, RedisBus
from crushwatch.errors import BusError
from crushwatch.messages import AlertChange, AlertEvent, Level, Preview, RegionReading, Still
from support.redis_server import RedisServer

START = datetime(2022, 10, 29, 13, 15, tzinfo=UTC)


def alert(number: int) -> AlertEvent:
    return AlertEvent(
        event_id=f"event-{number}", alert_id="a", site="s", camera="gate", region="front", rule="levels",
        change=AlertChange.RAISED, level=Level.ALERT, previous_level=Level.CLEAR, because="4.2 per m2",
        captured_at=START, published_at=START,
    )  # fmt: skip


def reading(number: int) -> RegionReading:
    return RegionReading(
        site="s", camera="gate", region="front", captured_at=START + timedelta(seconds=number), published_at=START,
        sequence=number, count=3, instant_count=3, level=Level.CLEAR, quality=1, model="m", engine="e",
    )  # fmt: skip


def preview(camera: str) -> Preview:
    return Preview(site="s", camera=camera, captured_at=START, published_at=START, width_px=4, height_px=3, jpeg="AAAA")


def still(camera: str) -> Still:
    return Still(site="s", camera=camera, captured_at=START, published_at=START, width_px=4, height_px=3, jpeg="AAAA")


@pytest.fixture(params=["redis", "memory"])
def bus(request: pytest.FixtureRequest, redis_server: RedisServer) -> Iterator[Bus]:
    made: Bus = RedisBus(redis_server.url, uuid.uuid4().hex) if request.param == "redis" else MemoryBus()
    yield made
    made.close()


def read_all(bus: Bus, consumer: str = "one", group: str = "service") -> list[object]:
    return [entry.message for entry in bus.read(group, consumer, limit=100, block_s=0.2)]


def test_messages_arrive_whole_and_in_order(bus: Bus) -> None:
    bus.publish("alerts", [alert(0), alert(1)])
    bus.publish("alerts", [alert(2)])
    assert read_all(bus) == [alert(0), alert(1), alert(2)]


def test_what_was_published_before_the_first_reader_came_is_not_lost(bus: Bus) -> None:
    bus.publish("readings", [reading(0)])
    assert read_all(bus) == [reading(0)]


def test_a_message_goes_to_one_reader_of_a_group_and_to_every_group(bus: Bus) -> None:
    bus.publish("alerts", [alert(0)])
    assert read_all(bus, "one") == [alert(0)]
    assert read_all(bus, "two") == []
    assert read_all(bus, "one", "archive") == [alert(0)]


def test_a_reader_that_comes_back_gets_what_it_never_acknowledged(bus: Bus) -> None:
    bus.publish("alerts", [alert(0)])
    assert read_all(bus, "one") == [alert(0)]
    if isinstance(bus, RedisBus):
        bus._recovered_at.clear()
    else:
        assert isinstance(bus, MemoryBus)
        bus._groups["service"].readers_met.clear()
    assert read_all(bus, "one") == [alert(0)]


def test_acknowledged_messages_leave_the_backlog(bus: Bus) -> None:
    bus.publish("alerts", [alert(0), alert(1)])
    bus.publish("readings", [reading(0)])
    assert bus.backlog("service") == 3
    received = bus.read("service", "one", limit=100, block_s=0.2)
    assert bus.backlog("service") == 3
    bus.acknowledge("service", received)
    assert bus.backlog("service") == 0


def test_reading_waits_for_the_first_message_and_no_longer(bus: Bus) -> None:
    read_all(bus)
    timer = threading.Timer(0.2, bus.publish, ("alerts", [alert(0)]))
    timer.start()
    assert [entry.message for entry in bus.read("service", "one", limit=10, block_s=3)] == [alert(0)]
    timer.join()


def test_previews_reach_only_who_listens_to_that_camera(bus: Bus) -> None:
    bus.previews(["gate"], block_s=0.05)
    bus.publish_preview(preview("hall"))
    bus.publish_preview(preview("gate"))
    assert [found.camera for found in bus.previews(["gate"], block_s=1)] == ["gate"]


def test_stills_reach_only_who_listens_to_that_camera_and_are_no_previews(bus: Bus) -> None:
    bus.stills(["gate"], block_s=0.05)
    bus.previews(["gate"], block_s=0.05)
    bus.publish_still(still("hall"))
    bus.publish_still(still("gate"))
    assert bus.stills(["gate"], block_s=1) == [still("gate")]
    assert bus.previews(["gate"], block_s=0.1) == []


def test_a_still_that_is_wanted_is_claimed_once_and_by_who_has_the_camera(bus: Bus) -> None:
    bus.want_still("gate", for_s=60)
    bus.want_still("gate", for_s=60)
    assert bus.claim_still(["hall"]) is None
    assert bus.claim_still({"hall", "gate"}) == "gate"
    assert bus.claim_still(["gate"]) is None


def test_a_still_that_nobody_waits_for_any_more_is_not_claimed(bus: Bus) -> None:
    bus.want_still("gate", for_s=0.05)
    time.sleep(0.1)
    assert bus.claim_still(["gate"]) is None


def test_cameras_are_watched_for_as_long_as_was_asked(bus: Bus) -> None:
    bus.watch(["gate"], for_s=60)
    bus.watch(["hall"], for_s=-1)
    assert bus.watched() == {"gate"}


def test_who_looks_is_known_to_a_machine_whose_clock_is_wrong(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    bus.watch(["gate"], for_s=60)
    monkeypatch.setattr(time, "time", lambda: 4e9)
    assert bus.watched() == {"gate"}


def test_a_shorter_look_does_not_cut_a_longer_one_short(bus: Bus) -> None:
    bus.watch(["gate"], for_s=60)
    bus.watch(["gate"], for_s=-1)
    assert bus.watched() == {"gate"}


def test_who_reads_for_a_group_is_known_until_it_says_otherwise_or_is_silent_for_too_long(bus: Bus) -> None:
    assert bus.attend("service", "one", for_s=60) == {"one"}
    assert bus.attend("service", "two", for_s=0.2) == {"one", "two"}
    assert bus.attend("archive", "three", for_s=60) == {"three"}
    time.sleep(0.3)
    assert bus.attend("service", "one", for_s=60) == {"one"}
    bus.attend("service", "two", for_s=60)
    assert bus.attend("service", "one", for_s=0) == {"two"}


def test_bytes_that_are_no_message_are_handed_over_as_none(redis_server: RedisServer) -> None:
    bus = RedisBus(redis_server.url, "poison")
    bus._redis.xadd("crushwatch:poison:alerts", {"m": b'{"kind": "nonsense"}'})
    received = bus.read("service", "one", limit=10, block_s=0.2)
    assert [entry.message for entry in received] == [None]
    bus.acknowledge("service", received)
    assert bus.backlog("service") == 0
    bus.close()


def test_a_redis_that_is_away_is_a_bus_error_that_hides_the_password() -> None:
    bus = RedisBus("redis://user:hunter2@127.0.0.1:1/0", "s")
    with pytest.raises(BusError, match="Redis at redis://") as caught:
        bus.publish("alerts", [alert(0)])
    assert "hunter2" not in str(caught.value)
    assert str(caught.value).endswith(" refuses the connection")
    bus.close()


def test_a_redis_that_died_and_came_back_serves_the_same_client(private_redis: RedisServer) -> None:
    bus = RedisBus(private_redis.url, "s")
    bus.publish("alerts", [alert(0)])
    assert read_all(bus) == [alert(0)]
    private_redis.kill()
    with pytest.raises(BusError):
        bus.publish("alerts", [alert(1)])
    private_redis.start()
    bus.publish("alerts", [alert(2)])
    assert alert(2) in read_all(bus)
    bus.close()


def test_a_redis_whose_memory_is_full_is_told_in_a_line_and_takes_all_once_it_has_room(
    redis_server: RedisServer,
) -> None:
    bus = RedisBus(redis_server.url, "full")
    bus._redis.config_set("maxmemory", "1")
    try:
        with pytest.raises(BusError, match="says: command not allowed when used memory"):
            bus.publish("alerts", [alert(1), alert(2)])
    finally:
        bus._redis.config_set("maxmemory", "0")
    bus.publish("alerts", [alert(1), alert(2)])
    assert [received.message for received in bus.read("test", "one", limit=10, block_s=0)] == [alert(1), alert(2)]
    bus.close()
