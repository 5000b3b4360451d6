"""Children live and end with their parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from crushwatch.embedded_redis import EmbeddedRedis
from crushwatch.processes import Child, ChildGroup

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


def test_a_child_that_dies_is_started_again(site_file: Path) -> None:
    child = Child("worker", ["worker", str(site_file)])
    group, stop = ChildGroup([child]), threading.Event()
    group.start()
    assert child.process is not None
    first = child.process.pid
    threading.Timer(3, os.kill, (first, signal.SIGKILL)).start()
    group.wait(stop, for_s=8)
    try:
        assert child.restarts == 1
        assert child.process.pid != first
        assert child.exit_code is None
    finally:
        group.stop()
    assert child.exit_code is not None


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
