"""What was stored comes out as a recording, from both kinds of database."""

from __future__ import annotations

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


def fill(url: str) -> list[RegionReading]:
    """Two cameras over three minutes; put in out of order."""
    made = [
        reading(camera, "front", BEGAN + timedelta(minutes=minute), density_per_m2=minute / 2)
        for minute in range(3)
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


def test_moments_are_the_places_own_and_the_last_is_left_out(tmp_path: Path, url: str) -> None:
    made = fill(url)
    out = tmp_path / "friday.jsonl"
    span = ("--since", "2026-11-20T18:01", "--until", "2026-11-20T09:02:00+00:00", "--camera", "gate")
    done = run(site_file(tmp_path, url), *span, "--out", out)
    assert done.returncode == 0, done.stderr
    assert [decode(line) for line in out.read_text().splitlines()] == [made[2]]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--since", "yesterday"], "--since yesterday: no moment; write 2026-11-21T18:00"),
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
