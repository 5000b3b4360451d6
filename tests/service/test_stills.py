"""A picture in a camera's own size: who may ask, how often, and what becomes of a worker that does not answer."""

from __future__ import annotations

import base64
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from crushwatch.bus import Bus, RedisBus
from crushwatch.messages import Still
from support.live_client import LiveClient
from support.redis_server import RedisServer
from support.service_messages import utc_now
from support.service_site import PASSWORD
from support.waiting import wait_for

pytestmark = pytest.mark.integration

Start = Callable[..., Any]
JPEG = b"\xff\xd8 a picture \xff\xd9"


@contextmanager
def worker(bus: Bus, *cameras: str) -> Iterator[list[Still]]:
    """One that makes the stills of these cameras; gives those that it has made."""
    made: list[Still] = []
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.02):
            camera = bus.claim_still(cameras)
            if camera is not None:
                at, jpeg = utc_now(), base64.b64encode(JPEG).decode()
                made.append(
                    Still(
                        site="demo", camera=camera, captured_at=at, published_at=at, width_px=8, height_px=4, jpeg=jpeg
                    )
                )
                bus.publish_still(made[-1])

    thread = threading.Thread(target=work)
    thread.start()
    yield made
    stop.set()
    thread.join(5)


@pytest.fixture
def redis_bus(redis_server: RedisServer) -> Iterator[RedisBus]:
    bus = RedisBus(redis_server.url, uuid.uuid4().hex)
    yield bus
    bus.close()


def test_who_asks_gets_the_picture_and_its_time_and_a_second_time_not_at_once(
    redis_bus: RedisBus, run_service: Start
) -> None:
    running = run_service(redis_bus)
    with worker(redis_bus, "gate") as made:
        answer = running.post("cameras/gate/still", None)
        assert (answer.status_code, answer.content) == (200, JPEG)
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-captured-at"][:19] == made[0].captured_at.isoformat()[:19]
        refused = running.post("cameras/gate/still", None)
        assert refused.status_code == 429
        assert refused.headers["retry-after"] in ("1", "2")
        time.sleep(2.1)
        assert running.post("cameras/gate/still", None).status_code == 200
    assert len(made) == 2


def test_who_ask_together_get_one_still(redis_bus: RedisBus, run_service: Start) -> None:
    running = run_service(redis_bus)
    with ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(running.post, "cameras/gate/still", None) for _person in range(3)]
        time.sleep(0.5)
        with worker(redis_bus, "gate") as made:
            assert [answer.result().content for answer in answers] == [JPEG] * 3
    assert len(made) == 1


def test_a_worker_that_does_not_answer_is_waited_for_a_few_seconds_and_others_meanwhile_answer(
    run_service: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.stills.ANSWER_WITHIN_S", 2.5)
    running = run_service()
    with worker(running.bus, "hall"), ThreadPoolExecutor(1) as pool:
        silent = pool.submit(running.post, "cameras/gate/still", None)
        assert running.post("cameras/hall/still", None).content == JPEG
        assert not silent.done()
        assert silent.result().status_code == 504
        assert silent.result().json()["detail"] == "No worker has sent a picture of gate."


def test_while_the_bus_is_away_it_is_said_at_once(run_service: Start) -> None:
    running = run_service()
    running.bus.go_away()
    answer = running.post("cameras/gate/still", None)
    assert (answer.status_code, answer.json()["detail"]) == (504, "the bus is away")
    running.bus.come_back()
    with worker(running.bus, "gate"):
        assert running.post("cameras/gate/still", None).status_code == 200


def test_who_waits_for_a_still_does_not_hold_up_the_services_end(run_service: Start) -> None:
    running = run_service()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(running.post, "cameras/gate/still", None)
        wait_for("the worker is asked", lambda: running.bus.claim_still(["gate"]))
        began_s = time.monotonic()
        running.service.stop()
        assert time.monotonic() - began_s < 3
        answer = waiting.result()
    assert (answer.status_code, answer.json()["detail"]) == (504, "The service stops.")


def test_stills_are_awaited_of_a_few_cameras_at_a_time(run_service: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.stills.CAMERAS_AT_MOST", 1)
    monkeypatch.setattr("service.stills.ANSWER_WITHIN_S", 2.5)
    running = run_service()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(running.post, "cameras/gate/still", None)
        wait_for("the worker is asked", lambda: running.bus.claim_still(["gate"]))
        assert running.post("cameras/hall/still", None).status_code == 429
        assert first.result().status_code == 504


def test_a_still_goes_to_who_asked_and_to_no_wall(redis_bus: RedisBus, run_service: Start) -> None:
    running = run_service(redis_bus)
    with LiveClient(running.url) as live, worker(redis_bus, "gate"):
        live.wait_for("snapshot")
        live.send({"type": "watch", "cameras": ["gate"]})
        assert running.post("cameras/gate/still", None).status_code == 200
        live.wait_for("tick")
        live.wait_for("tick")
    assert {message["type"] for message in live.messages} <= {"snapshot", "tick", "camera", "readings", "alert"}


def test_it_is_behind_the_same_door_as_the_live_pictures(run_service: Start) -> None:
    running = run_service(service={"password": PASSWORD})
    assert running.post("cameras/gate/still", None).status_code == 401
    assert running.client.get("/api/v1/cameras/gate/still").status_code == 401
    running.client.post("/login", data={"password": PASSWORD, "next": "/"})
    foreign = {"origin": "https://elsewhere.example"}
    assert running.client.post("/api/v1/cameras/gate/still", headers=foreign).status_code == 403
    assert running.bus.claim_still(["gate"]) is None
    with worker(running.bus, "gate"):
        assert running.post("cameras/gate/still", None).status_code == 200
    assert running.post("cameras/nobody/still", None).status_code == 404
