"""Children live and end with their parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import structlog

from crushwatch.embedded_redis import EmbeddedRedis
from crushwatch.errors import IN_USE
from crushwatch.processes import RESTART_PAUSES_S, Child, ChildGroup, how_it_ended
from support.waiting import wait_for

BUS_OF_NOBODY = "bus: {url: 'redis://127.0.0.1:1/0'}\n"


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(
        "id: demo\ncameras:\n  gate:\n    source: /nowhere.mp4\n"
        + BUS_OF_NOBODY
        + f"worker: {{state_dir: {tmp_path}}}\nservice: {{port: 0, database: 'sqlite:///{tmp_path}/test.db'}}\n"
    )
    return path


def test_a_child_that_was_asked_wrongly_ends_the_wait_with_its_code() -> None:
    group = ChildGroup([Child("check", ["check"])])
    group.start()
    assert group.wait(threading.Event(), for_s=30) == 2


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (0, "exit code 0"),
        (2, "exit code 2"),
        (-9, "killed (SIGKILL)"),
        (-15, "killed (SIGTERM)"),
        (-99, "killed (signal 99)"),
    ],
    ids=str,
)
def test_how_a_process_ended_is_said_in_words_that_an_operator_can_look_up(code: int, said: str) -> None:
    assert how_it_ended(code) == said


def when(so: Callable[[], bool]) -> threading.Event:
    """An event that is set once it is so."""
    event = threading.Event()
    threading.Thread(target=lambda: (wait_for("it to be so", so, within_s=60), event.set()), daemon=True).start()
    return event


def test_a_child_that_dies_is_started_again(site_file: Path) -> None:
    child = Child("worker", ["worker", str(site_file)])
    group = ChildGroup([child])
    group.start()
    assert child.process is not None
    first = child.process.pid
    threading.Timer(3, os.kill, (first, signal.SIGKILL)).start()
    with structlog.testing.capture_logs() as said:
        group.wait(when(lambda: child.process is not None and child.process.pid != first), for_s=60)
    assert [line["ended"] for line in said] == ["killed (SIGKILL)"]
    try:
        assert child.restarts == 1
        assert child.process.pid != first
        assert child.exit_code is None
    finally:
        group.stop()
    assert child.exit_code is not None


HOLDER = """
import pathlib, sys
from crushwatch.claim import Claims
with Claims() as claims:
    claims.take(pathlib.Path(sys.argv[1]), "state of a worker", "worker")
    print("has it", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other_worker(tmp_path: Path) -> Iterator[int]:
    """A process that has the worker's state; its id."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "outbox.db")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "has it\n"
        yield process.pid
        process.kill()


def test_up_beside_another_worker_says_once_who_it_is_and_ends(site_file: Path, other_worker: int) -> None:
    command = [str(Path(sys.executable).with_name("crushwatch")), "up", str(site_file)]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert refused.returncode == IN_USE
    assert refused.stderr.count(f"is in use by the worker (pid {other_worker} on ") == 1
    assert refused.stderr.count("a process cannot start, so all end") == 1
    assert "is started again" not in refused.stderr


def test_who_lost_its_place_after_it_had_worked_is_left_alone_and_the_others_go_on(
    site_file: Path, other_worker: int
) -> None:
    worker = Child("worker", ["worker", str(site_file)], has_worked=True)
    service = Child("service", ["service", str(site_file)])
    group = ChildGroup([worker, service])
    group.start()
    try:
        assert group.wait(when(lambda: worker.is_left), for_s=60) == 0
        assert (worker.is_left, worker.exit_code, worker.restarts) == (True, IN_USE, 0)
        assert service.exit_code is None
    finally:
        group.stop()


def test_who_lost_its_place_takes_it_again_once_the_other_has_gone(
    site_file: Path, other_worker: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crushwatch.processes.RESTART_PAUSES_S", (0.2,))
    monkeypatch.setattr("crushwatch.processes.WORKED_AFTER_S", 8.0)
    worker = Child("worker", ["worker", str(site_file)], has_worked=True)
    group = ChildGroup([worker, Child("service", ["service", str(site_file)])])
    group.start()
    try:
        assert group.wait(when(lambda: worker.is_left), for_s=60) == 0
        os.kill(other_worker, signal.SIGKILL)
        assert group.wait(when(lambda: not worker.is_left), for_s=60) == 0
        assert worker.exit_code is None
    finally:
        group.stop()


def test_one_that_ends_is_started_again_while_another_waits_for_its_turn() -> None:
    waits = Child("worker", ["no-such-command"], restarts=10, has_worked=True)
    ends = Child("service", ["no-such-command"], has_worked=True)
    group = ChildGroup([waits, ends])
    group.start()
    assert group.wait(when(lambda: ends.restarts == 2), for_s=RESTART_PAUSES_S[-1] - 5) == 0
    assert (waits.restarts, ends.restarts) == (11, 2)
    group.stop()


def test_a_group_of_which_all_have_lost_their_place_ends(site_file: Path, other_worker: int) -> None:
    group = ChildGroup([Child("worker", ["worker", str(site_file)], has_worked=True)])
    group.start()
    assert group.wait(threading.Event(), for_s=60) == IN_USE


def test_a_site_file_that_is_broken_when_a_worker_is_started_again_does_not_end_the_others(tmp_path: Path) -> None:
    worker = Child("worker", ["worker", str(tmp_path / "nowhere.yaml")], has_worked=True)
    group = ChildGroup([worker])
    group.start()
    assert group.wait(when(lambda: worker.restarts == 1), for_s=60) == 0
    group.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="NOT RUN: only Linux tells a child that its parent died")
def test_children_die_with_a_parent_that_is_killed(site_file: Path) -> None:
    parent = subprocess.Popen([str(Path(sys.executable).with_name("crushwatch")), "up", str(site_file)])
    deadline = time.monotonic() + 20
    children: list[psutil.Process] = []
    while len(children) < 2 and time.monotonic() < deadline:
        children = psutil.Process(parent.pid).children()
        time.sleep(0.2)
    time.sleep(2)
    parent.kill()
    parent.wait()
    assert len(children) == 2
    assert psutil.wait_procs(children, timeout=10)[1] == []


def test_an_embedded_redis_is_reached_by_its_socket_and_goes(tmp_path: Path) -> None:
    redis = EmbeddedRedis(tmp_path).start()
    assert redis.url.startswith("unix://")
    assert (tmp_path / "redis.sock").is_socket()
    assert oct((tmp_path / "redis.sock").stat().st_mode)[-3:] == "700"
    redis.stop()
    assert not (tmp_path / "redis.sock").exists()
