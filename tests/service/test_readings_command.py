"""What was stored comes out as a recording, from both kinds of database."""

from __future__ import annotations

import resource
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from crushwatch.messages import RegionReading, decode
from crushwatch.site import SecretUrl
from service.store import Database, readings
from support.service_messages import reading

BEGAN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
"""18:00 in Seoul."""


def site_file(folder: Path, database: str) -> Path:
    path = folder / "site.yaml"
    camera = {"source": "rtsp://user:${NOT_HERE}@10.0.0.1/live"}
    service = {"database": database, "password": "${NOT_HERE_EITHER}"}
    site = {"id": "demo", "timezone": "Asia/Seoul", "cameras": {"gate": camera, "hall": camera}, "service": service}
    path.write_text(yaml.safe_dump(site))
    return path


def fill(url: str, minutes: int = 3) -> list[RegionReading]:
    """Two cameras, a reading a minute; put in out of order."""
    made = [
        reading(camera, "front", BEGAN + timedelta(minutes=minute), density_per_m2=minute / 2)
        for minute in range(minutes)
        for camera in ("gate", "hall")
    ]
    database = Database(SecretUrl(url))
    database.migrate()
    with database.writing() as connection:
        readings.insert(connection, made[::-1])
    database.close()
    return made


def run(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "crushwatch.cli", "readings", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    found: str = request.getfixturevalue("postgres_url")
    return found


def test_everything_comes_out_in_order_of_time_and_needs_no_secret_but_the_databases(tmp_path: Path, url: str) -> None:
    made = fill(url)
    done = run(site_file(tmp_path, url))
    assert done.returncode == 0, done.stderr
    assert [decode(line) for line in done.stdout.splitlines()] == made
    told = "standard output: 6 readings, from 2026-11-20 18:00:00 to 2026-11-20 18:02:00 (Asia/Seoul)"
    assert told in done.stderr


def test_moments_are_the_places_own_and_the_last_is_left_out(tmp_path: Path, url: str) -> None:
    made = fill(url)
    out = tmp_path / "friday.jsonl"
    span = ("--since", "2026-11-20T18:01", "--until", "2026-11-20T09:02:00+00:00", "--camera", "gate")
    done = run(site_file(tmp_path, url), *span, "--out", out)
    assert done.returncode == 0, done.stderr
    assert [decode(line) for line in out.read_text().splitlines()] == [made[2]]
    assert f"{out}: 1 reading, from 2026-11-20 18:01:00 to 2026-11-20 18:01:00 (Asia/Seoul)" in done.stderr


def test_a_file_that_is_there_stays_unless_it_is_said(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    made, site, out = fill(url), site_file(tmp_path, url), tmp_path / "friday.jsonl"
    out.write_text("of last week")
    refused = run(site, "--out", out)
    assert refused.returncode == 2
    assert f"--out {out}: already there; take another name, or --replace to write over it" in refused.stderr
    assert out.read_text() == "of last week"
    assert run(site, "--out", out, "--replace").returncode == 0
    assert len(out.read_text().splitlines()) == len(made)
    refused = run(site, "--out", tmp_path, "--replace")
    assert refused.returncode == 2
    assert "no file that can be written over" in refused.stderr


def test_a_span_with_nothing_in_it_says_so_and_leaves_what_was_there(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    fill(url)
    site, out = site_file(tmp_path, url), tmp_path / "friday.jsonl"
    out.write_text("of last week")
    before = sorted(tmp_path.iterdir())
    done = run(site, "--camera", "gate", "--since", "2026-11-20T18:03", "--out", out, "--replace")
    assert done.returncode == 1
    assert (
        "no readings of gate from 2026-11-20 18:03:00 on (Asia/Seoul): nothing written; readings are kept for 7 days"
        in done.stderr
    )
    assert out.read_text() == "of last week"
    assert sorted(tmp_path.iterdir()) == before


def test_a_disk_that_is_full_costs_neither_the_old_file_nor_leaves_half_a_one(tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk; it leaves room for what SQLite lays beside to read."""
    url = f"sqlite:///{tmp_path}/store.db"
    fill(url, minutes=150)
    site, out = site_file(tmp_path, url), tmp_path / "friday.jsonl"
    out.write_text("of last week")
    before = sorted(tmp_path.iterdir())
    full = subprocess.run(
        [sys.executable, "-m", "crushwatch.cli", "readings", str(site), "--out", str(out), "--replace"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, 65_536)),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (full.returncode, "Traceback" in full.stderr) == (1, False), full.stderr
    assert f"{out}: cannot be written: File too large" in full.stderr
    assert out.read_text() == "of last week"
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--since", "yesterday"], "--since yesterday: no moment; write 2026-11-21T18:00"),
        (["--since", "2026-11-20T18:00", "--until", "2026-11-20T09:00+00:00"], "is not before --until"),
        (["--since", "2026-11-21", "--until", "2026-11-20"], "--since 2026-11-21 is not before --until 2026-11-20"),
        (["--camera", "roof"], "no camera 'roof'; there are gate, hall"),
        ([], "store.db: no database there; the service makes it when it first runs"),
    ],
)
def test_asked_wrongly_it_says_what_is_allowed_and_makes_no_database(
    tmp_path: Path, words: list[str], says: str
) -> None:
    done = run(site_file(tmp_path, f"sqlite:///{tmp_path}/store.db"), *words)
    assert done.returncode == 2
    assert says in done.stderr
    assert not (tmp_path / "store.db").exists()
