"""A secret is needed only where it is used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crushwatch.errors import SiteError
from crushwatch.ground import load_checked_site
from crushwatch.site import load_site
from crushwatch.site.unread import ALL_BUT_THE_DATABASE, ALL_DOORS, NONE, SERVICES_OWN

SITE = """\
id: square
cameras:
  gate:
    source: rtsp://watch:${GATE_PASSWORD}@10.0.0.11/s1
  hall:
    source: ${file:hall.address}
bus: {url: "redis://:${REDIS_PASSWORD}@10.0.0.2:6379/0"}
service:
  host: 0.0.0.0
  password: ${DASHBOARD_PASSWORD}
  token: ${file:api.token}
  database: "postgresql+psycopg://crowd:${DATABASE_PASSWORD}@10.0.0.3/crowd"
  allowed_origins: ["${ORIGIN}", "https://wall.example"]
notifications:
  room: {url: "https://room.example/${ROOM}", secret: "${file:room.secret}"}
  desk: {url: "https://desk.example/", secret: "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}
"""
ALL = {
    "GATE_PASSWORD": "cameras.gate.source",
    "hall.address": "cameras.hall.source",
    "REDIS_PASSWORD": "bus.url",
    "DASHBOARD_PASSWORD": "service.password",
    "api.token": "service.token",
    "DATABASE_PASSWORD": "service.database",
    "ORIGIN": "service.allowed_origins[0]",
    "ROOM": "notifications.room.url",
    "room.secret": "notifications.room.secret",
}
"""Every secret, and the key that wants it."""


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(SITE)
    return path


@pytest.mark.parametrize(
    ("unread", "wanted"),
    [
        (NONE, set(ALL)),
        (SERVICES_OWN, {"GATE_PASSWORD", "hall.address", "REDIS_PASSWORD"}),
        (ALL_DOORS, set()),
        (ALL_BUT_THE_DATABASE, {"DATABASE_PASSWORD", "ORIGIN"}),
    ],
    ids=["the service", "a worker", "offline", "a backup"],
)
def test_a_secret_that_is_not_used_is_not_missed(site_file: Path, unread: frozenset[str], wanted: set[str]) -> None:
    try:
        load_site(site_file, {}, unread=unread)
        said = ""
    except SiteError as error:
        said = str(error)
    assert {name for name, key in ALL.items() if f" {key}: " in said} == wanted, said


def test_what_is_not_looked_up_is_not_there_and_everything_else_is(site_file: Path) -> None:
    site = load_site(site_file, {}, unread=ALL_DOORS)
    assert site.service.password is site.service.token is None
    assert site.service.host == "0.0.0.0"
    assert site.service.allowed_origins == ("https://wall.example",)
    assert set(site.notifications) == {"desk"}
    assert {str(camera.source) for camera in site.cameras.values()} == {"file:not-read"}


def test_secret_files_that_are_there_are_left_alone_too(site_file: Path, tmp_path: Path) -> None:
    for name in ("hall.address", "api.token", "room.secret"):
        (tmp_path / name).mkdir()  # whoever reads it fails
    environment = {"CRUSHWATCH_PASSWORD_FILE": str(tmp_path), "CRUSHWATCH_TOKEN_FILE": "/nowhere"}
    assert load_site(site_file, environment, unread=ALL_DOORS).cameras


def test_faults_of_what_is_not_used_are_told_where_no_secret_hides_them(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SITE + "  yard: {url: 'ftp://yard.example', secret: short, colour: red}\n")
    with pytest.raises(SiteError) as caught:
        load_checked_site(tmp_path / "site.yaml", unread=ALL_DOORS)
    for key in (
        "notifications.yard.url: must",
        "notifications.yard.secret: must",
        "notifications.yard.colour: unknown",
    ):
        assert key in str(caught.value)


@pytest.mark.parametrize(
    ("words", "instead"),
    [
        (["replay", "nowhere.mp4", "--site", "site.yaml", "--camera", "gate"], "nowhere"),
        (["validate", "--site", "site.yaml", "--camera", "gate", "--frames", "nowhere"], "nowhere"),
        (["calibrate-count", "site.yaml", "gate", "nowhere"], "nowhere"),
        (["tune", "site.yaml"], "nowhere.onnx"),
        (["backup", "site.yaml", "b.tgz"], "no database there"),
    ],
    ids=lambda words: words[0] if isinstance(words, list) else "",
)
def test_commands_that_use_no_secret_ask_for_none(site_file: Path, words: list[str], instead: str) -> None:
    """They come as far as the next thing that is amiss."""
    lines = [line for line in SITE.splitlines() if "database" not in line and "ORIGIN" not in line]
    site_file.write_text("\n".join([*lines, "worker: {model: nowhere.onnx}"]))
    command = [sys.executable, "-m", "crushwatch.cli", *words]
    done = subprocess.run(command, cwd=site_file.parent, capture_output=True, text=True, timeout=60, env=os.environ)
    assert done.returncode != 0
    assert instead in done.stderr
    assert "is not set" not in done.stderr
    assert "cannot be read: No such file" not in done.stderr.replace("nowhere", "")
