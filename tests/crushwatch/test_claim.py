"""One process alone uses a database or a worker's state; a second one says who has it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from crushwatch.claim import WAIT_S, ClaimedError, Claims
from crushwatch.errors import IN_USE
from support.redis_server import RedisServer

HOLDER = """
import sys, pathlib
from crushwatch.claim import Claims
with Claims() as claims:
    claims.take(pathlib.Path(sys.argv[1]), "database", sys.argv[2])
    print("has it", flush=True)
    sys.stdin.read()
"""
TWO_SITES = """\
id: square
cameras: {{gate: {{source: nowhere.mp4}}}}
bus: {{url: '{bus}'}}
service: {{port: 0, database: 'sqlite:///{folder}/square.db'}}
"""


def impatient() -> Claims:
    return Claims(sleep=lambda _: None)


def holder_of(file: Path, owner: str = "service") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLDER, str(file), owner]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "has it\n"
    return process


def test_another_process_is_named_and_its_end_however_it_comes_frees_the_file(tmp_path: Path) -> None:
    file = tmp_path / "new" / "square.db"
    with holder_of(file) as holder, impatient() as claims:
        with pytest.raises(
            ClaimedError, match=rf"square\.db: this database is in use by the service \(pid {holder.pid} on .*\); stop"
        ):
            claims.take(file, "database", "service")
        holder.kill()
        holder.wait()
        claims.take(file, "database", "service")
        assert (tmp_path / "new" / "square.db.lock").read_text().startswith(f"service (pid {os.getpid()} on ")


def test_who_has_it_may_take_it_again_also_by_another_name(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "square.db")
    with impatient() as claims:
        for name in ("square.db", "square.db", "link.db"):
            claims.take(tmp_path / name, "database", "service")


def test_others_wait_a_little_for_one_that_is_about_to_end(tmp_path: Path) -> None:
    with impatient() as ending:
        ending.take(tmp_path / "square.db", "database", "service")
        with Claims(sleep=lambda _: ending.__exit__()) as claims:
            claims.take(tmp_path / "square.db", "database", "service")


def test_for_several_together_they_wait_no_longer_than_for_one(tmp_path: Path) -> None:
    naps: list[float] = []
    with impatient() as held, Claims(sleep=naps.append) as claims:
        for name in ("a.db", "b.db", "c.db"):
            held.take(tmp_path / name, "database", "service")
            with pytest.raises(ClaimedError):
                claims.take(tmp_path / name, "database", "restore")
    assert sum(naps) == pytest.approx(WAIT_S)


def test_where_no_lock_can_be_made_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with impatient() as claims:
        claims.take(tmp_path / "file" / "square.db", "database", "service")


@pytest.mark.integration
@pytest.mark.parametrize(
    ("program", "what"),
    [("service", r"square\.db: this database"), ("worker", r"outbox\.db: this state of a worker")],
)
def test_a_second_one_started_from_another_site_file_does_not_start(
    tmp_path: Path, private_redis: RedisServer, program: str, what: str
) -> None:
    text = TWO_SITES.format(bus=private_redis.url, folder=tmp_path)
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text(text)
    database = "square.db" if program == "service" else "state/outbox.db"
    with holder_of(tmp_path / database, program) as first:
        command = [sys.executable, "-m", "crushwatch.cli", program, str(tmp_path / "two.yaml")]
        second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert first.stdin is not None
        first.stdin.close()
    assert second.returncode == IN_USE
    assert re.search(rf"{what} is in use by the {program} \(pid {first.pid} on ", second.stderr), second.stderr
    assert "Traceback" not in second.stderr
