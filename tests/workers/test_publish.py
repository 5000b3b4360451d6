"""While Redis is away the worker goes on; when it returns, alerts come first, in order, and news is the newest."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crushwatch.bus import MemoryBus, Outbox
from crushwatch.messages import AlertChange, AlertEvent, Level, Preview, RegionReading
from support.timeline import START, reading
from workers.metrics import WorkerMetrics
from workers.publish import NEWS_KEPT, Publisher


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    made = Outbox(tmp_path / "outbox.db")
    yield made
    made.close()


def alert(number: int) -> AlertEvent:
    return AlertEvent(
        event_id=f"event-{number}", alert_id="a", site="s", camera="gate", rule="levels", change=AlertChange.RAISED,
        level=Level.ALERT, previous_level=Level.CLEAR, because="", captured_at=START, published_at=START,
    )  # fmt: skip


def wait_for(look: Callable[[], bool], within_s: float = 5.0) -> None:
    deadline = time.monotonic() + within_s
    while not look():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def received(bus: MemoryBus) -> list[object]:
    return [entry.message for entry in bus.read("test", "one", limit=10_000, block_s=0)]


def test_news_and_alerts_reach_the_bus(outbox: Outbox) -> None:
    bus, metrics = MemoryBus(), WorkerMetrics()
    publisher = Publisher(bus, outbox, metrics)
    publisher.start()
    outbox.commit([alert(0)], {})
    publisher.readings([reading(0, 1.0)])
    wait_for(lambda: bus.backlog("test") == 2)
    publisher.stop(2)
    assert {type(message) for message in received(bus)} == {AlertEvent, RegionReading}


def test_while_the_bus_is_away_nobody_waits_and_only_the_newest_news_is_kept(outbox: Outbox) -> None:
    bus = MemoryBus()
    bus.go_away()
    publisher = Publisher(bus, outbox, WorkerMetrics())
    publisher.start()
    outbox.commit([alert(0), alert(1)], {})
    started = time.monotonic()
    for second in range(NEWS_KEPT + 500):
        publisher.readings([reading(second, 1.0)])
    assert time.monotonic() - started < 2
    time.sleep(0.6)
    bus.come_back()
    wait_for(lambda: bus.backlog("test") >= NEWS_KEPT + 2)
    publisher.stop(2)
    messages = received(bus)
    assert [message.event_id for message in messages if isinstance(message, AlertEvent)] == ["event-0", "event-1"]
    readings = [message for message in messages if isinstance(message, RegionReading)]
    assert readings[-1].captured_at == reading(NEWS_KEPT + 499, 1.0).captured_at
    assert [entry.captured_at for entry in readings] == sorted(entry.captured_at for entry in readings)


def test_alerts_that_can_be_read_no_more_keep_no_news_back(tmp_path: Path) -> None:
    bus, outbox = MemoryBus(), Outbox(tmp_path / "outbox.db")
    outbox.commit([alert(0)], {})
    assert len(outbox) == 1
    with sqlite3.connect(tmp_path / "outbox.db") as other:
        other.execute("DROP TABLE outbox")
    other.close()
    publisher = Publisher(bus, outbox, WorkerMetrics())
    publisher.start()
    publisher.readings([reading(0, 1.0)])
    try:
        wait_for(lambda: bus.backlog("test") == 1)
    finally:
        publisher.stop(2)
        outbox.close()


def test_what_waits_at_the_end_is_still_sent(outbox: Outbox) -> None:
    bus = MemoryBus()
    publisher = Publisher(bus, outbox, WorkerMetrics())
    publisher.start()
    outbox.commit([alert(0)], {})
    publisher.stop(2)
    assert received(bus) == [alert(0)]


def test_previews_are_made_only_when_somebody_looks(outbox: Outbox) -> None:
    bus = MemoryBus()
    publisher = Publisher(bus, outbox, WorkerMetrics())
    publisher.start()
    assert not publisher.is_watched("gate")
    bus.watch(["gate"], for_s=30)
    wait_for(lambda: publisher.is_watched("gate"))
    publisher.preview(
        lambda: Preview(
            site="s", camera="gate", captured_at=START, published_at=START, width_px=1, height_px=1, jpeg=""
        )
    )
    assert [preview.camera for preview in bus.previews(["gate"], block_s=3)] == ["gate"]
    publisher.stop(2)


def test_a_preview_that_cannot_be_made_does_not_stop_the_alerts(outbox: Outbox) -> None:
    bus = MemoryBus()
    publisher = Publisher(bus, outbox, WorkerMetrics())
    publisher.start()

    def broken() -> Preview:
        raise ValueError("no picture in this picture")

    publisher.preview(broken)
    time.sleep(0.3)
    outbox.commit([alert(0)], {})
    wait_for(lambda: bus.backlog("test") == 1)
    publisher.stop(2)
