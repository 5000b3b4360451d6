"""From a real Redis into the store: nothing lost, nothing doubled, whatever dies in between."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
import yaml

from crushwatch.bus import MemoryBus, Received, RedisBus
from crushwatch.errors import BusError
from service.store import StoreError
from support.ports import free_port
from support.redis_server import RedisServer
from support.service_messages import alert_event, camera_health, reading, utc_now, worker_health
from support.waiting import wait_for

pytestmark = pytest.mark.integration

Start = Callable[..., Any]


@pytest.fixture
def bus(private_redis: RedisServer) -> Iterator[RedisBus]:
    """The worker's end of the bus."""
    bus = RedisBus(private_redis.url, "demo")
    yield bus
    bus.close()


@pytest.fixture
def service_bus(private_redis: RedisServer) -> Iterator[RedisBus]:
    """The service's end of the bus."""
    bus = RedisBus(private_redis.url, "demo")
    yield bus
    bus.close()


def test_what_a_worker_says_is_stored_and_acknowledged(
    bus: RedisBus, service_bus: RedisBus, run_service: Start
) -> None:
    bus.publish("readings", [reading(), reading("hall", "picture")])
    bus.publish("alerts", [alert_event()])
    running = run_service(service_bus)
    wait_for("all of it", lambda: running.service.counters().readings_stored == 2 and running.get("alerts")["items"])
    wait_for("acknowledged", lambda: bus.backlog("service") == 0)


def test_redis_killed_for_some_seconds_loses_nothing_and_is_an_alert(
    private_redis: RedisServer, bus: RedisBus, service_bus: RedisBus, run_service: Start
) -> None:
    running = run_service(service_bus)
    sent = [reading() for _number in range(20)]
    bus.publish("readings", sent[:10])
    wait_for("the first ten", lambda: running.service.counters().readings_stored == 10)
    private_redis.kill()
    (alert,) = wait_for("bus-unreachable", lambda: running.get("alerts")["items"], within_s=15)
    assert (alert["rule"], alert["about"], alert["level"]) == ("bus-unreachable", "service", "alert")
    assert running.client.get("/readyz").status_code == 503
    private_redis.start()
    wait_for("the worker's end is back", lambda: _can_publish(bus, sent[10:]), within_s=15)
    bus.publish("alerts", [alert_event()])
    wait_for("all twenty", lambda: running.service.counters().readings_stored == 20, within_s=15)
    wait_for("the bus alert's end", lambda: running.get(f"alerts/{alert['alert_id']}")["cleared_at"])
    (density,) = [found for found in running.get("alerts")["items"] if found["rule"] == "levels"]
    assert density["cleared_at"] is None


def _can_publish(bus: RedisBus, readings: list[Any]) -> bool:
    try:
        bus.publish("readings", readings)
    except BusError:
        return False
    return True


def test_what_was_stored_but_not_acknowledged_is_not_doubled(
    bus: RedisBus, service_bus: RedisBus, run_service: Start
) -> None:
    event, told = alert_event(), reading()
    for _time in range(2):
        bus.publish("alerts", [event])
        bus.publish("readings", [told])
    running = run_service(service_bus)
    wait_for("both times", lambda: running.service.counters().readings_repeated == 1)
    wait_for("the alert", lambda: running.get("alerts")["items"])
    wait_for("acknowledged", lambda: bus.backlog("service") == 0)
    assert running.service.counters().alert_events_stored == 1
    assert len(running.get("alerts/a-1")["events"]) == 1


def test_messages_that_cannot_be_read_or_stored_are_kept_apart_and_the_rest_goes_on(
    private_redis: RedisServer, bus: RedisBus, service_bus: RedisBus, run_service: Start, tmp_path: Path
) -> None:
    client = redis.Redis(port=private_redis.port)
    for poison in (b"no json", b'{"kind":"reading"}', b'{"kind":"dance"}', b"\xff\xfe"):
        client.xadd("crushwatch:demo:readings", {"m": poison})
    client.xadd("crushwatch:demo:alerts", {"other": b"field"})
    client.close()
    too_large = reading(sequence=2**70)
    bus.publish("readings", [reading(), too_large, reading()])
    running = run_service(service_bus)
    wait_for("the good ones", lambda: running.service.counters().readings_stored == 2)
    wait_for("the bad ones", lambda: running.service.counters().messages_rejected == 6)
    wait_for("acknowledged", lambda: bus.backlog("service") == 0)
    with sqlite3.connect(tmp_path / "service.db") as database:
        reasons = {reason.split(":")[0] for (reason,) in database.execute("SELECT reason FROM rejected")}
    database.close()
    assert reasons == {"cannot be read", "cannot be stored"}


def test_while_the_database_is_away_figures_are_shown_and_nothing_is_lost(
    bus: RedisBus, service_bus: RedisBus, run_service: Start, tmp_path: Path
) -> None:
    running = run_service(service_bus)
    blocker = sqlite3.connect(tmp_path / "service.db", isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    bus.publish("readings", [reading(count=33)])
    bus.publish("alerts", [alert_event()])
    wait_for("shown", lambda: (running.get("regions")[0]["reading"] or {}).get("count") == 33)
    wait_for("said", lambda: running.client.get("/readyz").json()["reasons"], within_s=15)
    assert "locked" in running.client.get("/readyz").json()["reasons"][0]
    assert running.service.counters().readings_stored == 0
    blocker.execute("ROLLBACK")
    blocker.close()
    wait_for("stored", lambda: running.service.counters().readings_stored == 1, within_s=15)
    wait_for("the alert", lambda: running.get("alerts")["items"])
    wait_for("well again", lambda: running.client.get("/readyz").status_code == 200)


def test_a_database_away_for_too_long_costs_old_readings_and_never_an_alert(
    bus: RedisBus, service_bus: RedisBus, run_service: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.ingest.HELD_AT_MOST", 10)
    monkeypatch.setattr("service.ingest.STORE_AGAIN_AFTER_S", 0.5)
    running = run_service(service_bus)
    blocker = sqlite3.connect(tmp_path / "service.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    bus.publish("alerts", [alert_event()])
    bus.publish("readings", [reading() for _number in range(20)])
    wait_for("dropped", lambda: running.service.counters().readings_dropped == 20, within_s=15)
    blocker.execute("ROLLBACK")
    blocker.close()
    wait_for("the alert", lambda: running.get("alerts")["items"], within_s=15)
    assert running.service.counters().readings_stored == 0


def test_what_is_held_and_handed_over_again_meanwhile_is_held_once(
    run_service: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Forgetful(MemoryBus):
        """Hands over what is not acknowledged again and again, as Redis does to a reader that was away."""

        def read(self, group: str, consumer: str, *, limit: int, block_s: float) -> list[Received]:
            new = super().read(group, consumer, limit=limit, block_s=block_s)
            self.held = [*getattr(self, "held", []), *new]
            return list(self.held)

        def acknowledge(self, group: str, received: Sequence[Received]) -> None:
            super().acknowledge(group, received)
            self.held = [entry for entry in self.held if entry not in received]
            self.acknowledged = [*getattr(self, "acknowledged", []), *received]

    monkeypatch.setattr("service.ingest.STORE_AGAIN_AFTER_S", 0.3)
    bus = Forgetful()
    running = run_service(bus)
    blocker = sqlite3.connect(tmp_path / "service.db", isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    bus.publish("readings", [reading(count=33)])
    bus.publish("alerts", [alert_event()])
    wait_for("held", lambda: len(running.service._parts.ingest._held) == 2)
    time.sleep(1.0)
    assert len(running.service._parts.ingest._held) == 2
    blocker.execute("ROLLBACK")
    blocker.close()
    wait_for("stored", lambda: running.service.counters().readings_stored == 1, within_s=15)
    wait_for("acknowledged", lambda: bus.backlog("service") == 0)
    assert len(bus.acknowledged) == 2
    assert running.service.counters().readings_repeated == 0
    assert running.service.counters().alert_events_stored == 1


def test_a_silent_camera_is_an_alert_that_ends_when_it_speaks_again(run_service: Start) -> None:
    rules = {"camera": {"silent_after_s": 2, "clear_after_s": 0}}
    running = run_service(rules=rules)
    running.bus.publish("health", [camera_health(), camera_health("hall")])
    alerts = wait_for("silence", lambda: len(found := running.get("alerts")["items"]) == 2 and found)
    assert {(alert["rule"], alert["camera"]) for alert in alerts} == {
        ("camera-silent", "gate"),
        ("camera-silent", "hall"),
    }
    running.bus.publish("health", [camera_health()])
    wait_for("its end", lambda: [alert for alert in running.get("alerts")["items"]
                                 if alert["camera"] == "gate" and alert["cleared_at"]])  # fmt: skip


def test_a_silent_worker_is_one_alert_for_all_its_cameras(run_service: Start) -> None:
    running = run_service(rules={"camera": {"silent_after_s": 2}})
    running.bus.publish("health", [worker_health(), camera_health(), camera_health("hall")])
    wait_for("silence", lambda: running.get("alerts")["items"])
    time.sleep(1.5)
    assert [alert["rule"] for alert in running.get("alerts")["items"]] == ["worker-silent"]
    assert [camera["state"] for camera in running.get("cameras")] == ["silent", "silent"]


def test_a_workers_own_alert_of_silence_joins_the_services(run_service: Start) -> None:
    running = run_service(rules={"camera": {"silent_after_s": 2}})
    wait_for("silence", lambda: len(running.get("alerts")["items"]) == 2)
    own = alert_event(rule="camera-silent", region=None, alert_id="by-the-worker")
    running.bus.publish("alerts", [own])
    wait_for("the worker's", lambda: running.service.counters().alert_events_stored == 3)
    assert len(running.get("alerts")["items"]) == 2
    joined = running.get("alerts/by-the-worker")
    assert joined["alert_id"].startswith("watchdog-")
    assert [event["joined"] for event in joined["events"]] == [False, True]


def test_an_open_density_alert_is_not_closed_by_silence(run_service: Start) -> None:
    running = run_service(rules={"unknown_after_s": 2, "stale_after_s": 1, "camera": {"silent_after_s": 2}})
    running.bus.publish("readings", [reading(level="critical", density_per_m2=5.6)])
    running.bus.publish("alerts", [alert_event("raised", "critical")])
    wait_for("silence", lambda: [a for a in running.get("alerts")["items"] if a["rule"] == "camera-silent"])
    wait_for("unknown", lambda: running.get("regions")[0]["level"] == "unknown")
    (density,) = [alert for alert in running.get("alerts")["items"] if alert["rule"] == "levels"]
    assert (density["level"], density["cleared_at"]) == ("critical", None)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_thousand_readings_a_second_are_stored(
    bus: RedisBus, service_bus: RedisBus, run_service: Start, kind: str, request: pytest.FixtureRequest
) -> None:
    changes = {} if kind == "sqlite" else {"service": {"database": request.getfixturevalue("postgres_url")}}
    start = utc_now() - timedelta(seconds=600)
    count = 10_000
    for first in range(0, count, 1000):
        bus.publish("readings", [reading(at=start + timedelta(milliseconds=n)) for n in range(first, first + 1000)])
    started = time.monotonic()
    running = run_service(service_bus, **changes)
    wait_for("all stored", lambda: running.service.counters().readings_stored == count, within_s=60)
    rate_hz = count / (time.monotonic() - started)
    print(f"{kind}: {rate_hz:.0f} readings/s, start of the service included")
    assert rate_hz > 1000  # half of what it must do on a machine of its own


def test_postgresql_serves_the_whole_service(run_service: Start, postgres_url: str) -> None:
    running = run_service(service={"database": postgres_url})
    running.bus.publish("readings", [reading(camera) for camera in ("gate", "gate")])
    running.bus.publish("alerts", [alert_event(), alert_event("escalated", "critical")])
    wait_for("the alert", lambda: [a for a in running.get("alerts")["items"] if a["level"] == "critical"])
    assert running.client.post("/api/v1/alerts/a-1/acknowledge", json={"by": "Kim"}).status_code == 200
    assert len(running.get("readings?limit=1")["items"]) == 1
    system = running.get("system")
    assert (system["database"]["kind"], system["database"]["reachable"]) == ("postgresql", True)
    assert system["database"]["size_bytes"] > 0
    assert "pg-secret-password" not in running.client.get("/api/v1/system").text


def write_site(folder: Path, redis_url: str, **service: Any) -> Path:
    document = {
        "id": "demo",
        "cameras": {"gate": {"source": "sim:gate"}},
        "bus": {"url": redis_url},
        "service": {"port": free_port(), "database": f"sqlite:///{folder}/process.db"} | service,
    }
    path = folder / "site.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path


def command(site_file: Path) -> list[str]:
    return [sys.executable, "-m", "service", str(site_file)]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_the_process_says_where_it_listens_and_ends_in_order_within_three_seconds(
    private_redis: RedisServer, tmp_path: Path, how: signal.Signals
) -> None:
    site_file = write_site(tmp_path, private_redis.url, port=0)
    with subprocess.Popen(command(site_file), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        url = line.split()[-1]
        assert httpx.get(f"{url}healthz").status_code == 200
        started = time.monotonic()
        process.send_signal(how)
        assert process.wait(timeout=10) == 0
        assert time.monotonic() - started < 3


def test_killed_again_and_again_it_loses_and_doubles_nothing(
    private_redis: RedisServer, bus: RedisBus, tmp_path: Path
) -> None:
    site_file = write_site(tmp_path, private_redis.url)
    start = utc_now() - timedelta(seconds=60)
    sent = 0
    for _life in range(4):
        with subprocess.Popen(command(site_file), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout is not None
            process.stdout.readline()
            for _batch in range(10):
                bus.publish(
                    "readings",
                    [reading(region="picture", at=start + timedelta(milliseconds=sent + n)) for n in range(50)],
                )
                bus.publish("alerts", [alert_event(alert_id=f"a-{sent}", region=f"r-{sent}")])
                sent += 50
            time.sleep(0.05)
            os.kill(process.pid, signal.SIGKILL)
    with subprocess.Popen(command(site_file), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        wait_for("all handled", lambda: bus.backlog("service") == 0, within_s=20)
        process.terminate()
        process.wait(timeout=10)
    with sqlite3.connect(tmp_path / "process.db") as database:
        assert database.execute("SELECT count(*), count(DISTINCT captured_at) FROM readings").fetchone() == (sent, sent)
        raised = "SELECT count(*), count(DISTINCT alert_id) FROM alerts WHERE rule = 'levels'"
        assert database.execute(raised).fetchone() == (sent // 50, sent // 50)
    database.close()


def test_what_is_wrong_with_the_site_is_said_without_a_traceback(tmp_path: Path) -> None:
    site_file = write_site(tmp_path, "redis://127.0.0.1:1/0", host="0.0.0.0")
    ended = subprocess.run(command(site_file), capture_output=True, text=True, timeout=30)
    assert ended.returncode == 2
    assert "service.password" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_it_starts_without_redis_and_says_so(tmp_path: Path, run_service: Start) -> None:
    nowhere = RedisBus(f"redis://127.0.0.1:{free_port()}/0", "demo")
    running = run_service(nowhere)
    wait_for("bus-unreachable", lambda: running.get("alerts")["items"], within_s=15)
    assert {region["level"] for region in running.get("regions")} == {"unknown"}
    nowhere.close()


def test_a_database_that_does_not_open_is_an_error_that_says_which(tmp_path: Path, run_service: Start) -> None:
    (tmp_path / "service.db").mkdir()
    with pytest.raises(StoreError, match=r"service\.db"):
        run_service()
