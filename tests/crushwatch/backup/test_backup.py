"""What a backup has comes back, and a restore loses nothing by accident. Real SQLite, real PostgreSQL."""

from __future__ import annotations

import json
import os
import resource
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from crushwatch.backup import exchange
from crushwatch.backup.command import backup, restore
from crushwatch.backup.places import BackupError
from crushwatch.bus import Outbox
from crushwatch.errors import CrushwatchError, SiteError
from support.postgres_server import PostgresServer, postgres_program
from support.waiting import wait_for

SECRET = "hunter2-in-the-environment"
SITE = """\
id: demo
revision: {revision}
cameras:
  gate:
    source: rtsp://viewer:${{GATE_PASSWORD}}@10.0.0.11/s1
worker: {{state_dir: state}}
service: {{database: "{database}", port: {port}}}
"""


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATE_PASSWORD", SECRET)


def make_site(folder: Path, *, database: str = "", revision: int = 7, port: int = 9) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "site.yaml"
    path.write_text(SITE.format(database=database or f"sqlite:///{folder}/crushwatch.db", revision=revision, port=port))
    return path


def fill(folder: Path) -> sqlite3.Connection:
    """A database in use, its last row still in the write-ahead log; and a worker's state."""
    database = sqlite3.connect(folder / "crushwatch.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE alerts (because TEXT)")
    database.execute("INSERT INTO alerts VALUES ('6.2 per m2 for 12 s')")
    outbox = Outbox(folder / "state" / "outbox.db")
    outbox.commit([], {"gate/front": "{}"})
    outbox.close()
    return database


def alerts(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        return [row[0] for row in connection.execute("SELECT because FROM alerts")]


def contents(folder: Path) -> dict[Path, bytes]:
    """Of all files, but for the locks, which mean nothing by themselves."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"}


def test_a_site_comes_back_on_another_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = tmp_path / "b.tgz"
    site = make_site(tmp_path / "venue", database=f"sqlite:///{tmp_path}/data/crushwatch.db")
    (tmp_path / "data").mkdir()
    with closing(fill(tmp_path / "venue")) as running:
        running.execute("VACUUM INTO ?", (str(tmp_path / "data" / "crushwatch.db"),))
        backup(site, archive, replace=False)
    assert "Secrets are not in it" in capsys.readouterr().out
    (tmp_path / "data" / "crushwatch.db").unlink()
    restore(archive, tmp_path / "other" / "site.yaml", replace=False, data_only=False)
    assert (tmp_path / "other" / "site.yaml").read_text() == site.read_text()
    assert alerts(tmp_path / "data" / "crushwatch.db") == ["6.2 per m2 for 12 s"]
    outbox = Outbox(tmp_path / "other" / "state" / "outbox.db")
    assert set(outbox.states()) == {"gate/front"}
    outbox.close()


def test_the_state_of_each_of_the_workers_that_share_the_cameras_comes_back(tmp_path: Path) -> None:
    archive, site = tmp_path / "b.tgz", make_site(tmp_path / "venue", database=f"sqlite:///{tmp_path}/crushwatch.db")
    fill(tmp_path).close()
    names = {"outbox-0.db": "gate/front", "outbox-1.db": "stairs/top", "outbox-12.db": "hall/all"}
    for name, region in names.items():
        outbox = Outbox(site.parent / "state" / name)
        outbox.commit([], {region: "{}"})
        outbox.close()
    (site.parent / "state" / "outbox-old.db").write_text("somebody's copy")
    backup(site, archive, replace=False)
    (tmp_path / "crushwatch.db").unlink()
    restore(archive, tmp_path / "other" / "site.yaml", replace=False, data_only=False)
    state = tmp_path / "other" / "state"
    assert {path.name for path in state.iterdir() if path.suffix != ".lock"} == names.keys()
    for name, region in names.items():
        outbox = Outbox(state / name)
        assert set(outbox.states()) == {region}
        outbox.close()
    with pytest.raises(SiteError, match=r"already there: .*outbox-0\.db, .*outbox-1\.db, .*outbox-12\.db"):
        restore(archive, tmp_path / "other" / "site.yaml", replace=False, data_only=False)


def worker_state(path: Path, region: str) -> None:
    outbox = Outbox(path)
    outbox.commit([], {region: "{}"})
    outbox.close()


def regions_in(path: Path) -> set[str]:
    outbox = Outbox(path)
    try:
        return set(outbox.states())
    finally:
        outbox.close()


@pytest.mark.parametrize("known", [("outbox-0.db",), ()], ids=["fewer-workers-then", "no-state-in-the-archive"])
def test_newer_state_of_workers_that_the_backup_does_not_have_is_named_and_moved_aside(
    tmp_path: Path, known: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    site, archive, state = make_site(tmp_path), tmp_path / "b.tgz", tmp_path / "state"
    fill(tmp_path).close()
    (state / "outbox.db").unlink()
    for name in known:
        worker_state(state / name, "gate/then")
    backup(site, archive, replace=False)
    for name in ("outbox-0.db", "outbox-1.db"):
        worker_state(state / name, "gate/raised")
    with closing(sqlite3.connect(state / "outbox-1.db")) as in_its_log:
        in_its_log.execute("INSERT INTO rule_state VALUES ('stairs/raised', '{}')")
        in_its_log.commit()
        newer = {"outbox-0.db", "outbox-1.db"} - set(known)
        with pytest.raises(SiteError, match=", ".join(str(state / name) for name in sorted(newer)) + ".*--replace"):
            restore(archive, site, replace=False, data_only=False)
        assert not list(state.glob("*before-restore*"))
        restore(archive, site, replace=True, data_only=False)
        assert regions_in(state / "outbox-1.db.before-restore") == {"gate/raised", "stairs/raised"}
    assert {path.name for path in state.glob("outbox*.db")} == set(known)
    assert all(regions_in(state / name) == {"gate/then"} for name in known)
    assert {path.name for path in state.glob("*.before-restore")} == {f"{name}.before-restore" for name in newer}
    assert "outbox-1.db.before-restore" in capsys.readouterr().out


def test_a_damaged_state_of_a_worker_is_named_and_the_rest_is_backed_up(tmp_path: Path) -> None:
    site, archive, state = make_site(tmp_path), tmp_path / "b.tgz", tmp_path / "state"
    fill(tmp_path).close()
    (state / "outbox-7.db").write_text("of a worker long gone, and no SQLite")
    with pytest.raises(BackupError, match=rf"{archive}: written, without .*outbox-7\.db: .*not a database"):
        backup(site, archive, replace=False)
    for path in (tmp_path / "crushwatch.db", *state.iterdir()):
        path.unlink()
    restore(archive, site, replace=True, data_only=False)
    assert alerts(tmp_path / "crushwatch.db") == ["6.2 per m2 for 12 s"]
    assert [path.name for path in state.iterdir() if path.suffix != ".lock"] == ["outbox.db"]


def test_the_checks_of_counts_come_back_with_the_site(tmp_path: Path) -> None:
    archive, site = tmp_path / "b.tgz", make_site(tmp_path / "venue", database=f"sqlite:///{tmp_path}/crushwatch.db")
    fill(tmp_path).close()
    check = site.parent / "count-checks" / "gate.json"
    check.parent.mkdir()
    check.write_text('{"camera": "gate"}')
    backup(site, archive, replace=False)
    (tmp_path / "crushwatch.db").unlink()
    restore(archive, tmp_path / "other" / "site.yaml", replace=False, data_only=False)
    assert (tmp_path / "other" / "count-checks" / "gate.json").read_text() == check.read_text()


GROUND = """\
    picture_size_px: [640, 480]
    ground:
      reference: {reference}
      points:
        - {{px: [100, 100], m: [0, 10]}}
        - {{px: [540, 100], m: [10, 10]}}
        - {{px: [600, 460], m: [10, 0]}}
        - {{px: [40, 460], m: [0, 0]}}
"""


def test_the_reference_pictures_come_back_with_the_site_but_none_that_the_site_does_not_name(tmp_path: Path) -> None:
    archive, site = tmp_path / "b.tgz", make_site(tmp_path / "venue", database=f"sqlite:///{tmp_path}/crushwatch.db")
    source = "    source: rtsp://viewer:${GATE_PASSWORD}@10.0.0.11/s1\n"
    site.write_text(site.read_text().replace(source, source + GROUND.format(reference="pictures/gate.jpg")))
    fill(tmp_path).close()
    own = site.parent / "state" / "references" / "calm-1f2e.png"
    pictures = {own: b"\x89PNG\r\n", site.parent / "pictures" / "gate.jpg": b"\xff\xd8", site.parent / "o.jpg": b"o"}
    for path, content in pictures.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    backup(site, archive, replace=False)
    (tmp_path / "crushwatch.db").unlink()
    restore(archive, tmp_path / "other" / "site.yaml", replace=False, data_only=False)
    there = {path.relative_to(tmp_path / "other"): path.read_bytes() for path in (tmp_path / "other").rglob("*.[jp]*g")}
    assert there == {
        Path("state/references/calm-1f2e.png"): b"\x89PNG\r\n",
        Path("pictures/gate.jpg"): b"\xff\xd8",
    }
    with pytest.raises(SiteError, match=r"already there: .*references, .*gate\.jpg"):
        restore(archive, tmp_path / "other" / "site.yaml", replace=False, data_only=False)


def test_a_restore_that_cannot_find_its_database_names_the_site_file_and_not_the_copy_it_was_read_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE", f"sqlite:///{tmp_path}/crushwatch.db")
    archive, site = tmp_path / "b.tgz", make_site(tmp_path, database="${DATABASE}")
    fill(tmp_path).close()
    backup(site, archive, replace=False)
    monkeypatch.delenv("DATABASE")
    with pytest.raises(SiteError, match=r"DATABASE is not set") as caught:
        restore(archive, tmp_path / "other" / "site.yaml", replace=False, data_only=False)
    assert str(caught.value).startswith(f"{tmp_path}/other/site.yaml of the backup:7 service.database: ")
    assert list((tmp_path / "other").iterdir()) == []


def test_a_backup_and_its_restore_need_no_password_of_a_camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive, site = tmp_path / "b.tgz", make_site(tmp_path)
    fill(tmp_path).close()
    monkeypatch.delenv("GATE_PASSWORD")
    backup(site, archive, replace=False)
    restore(archive, site, replace=True, data_only=False)
    assert alerts(tmp_path / "crushwatch.db") == ["6.2 per m2 for 12 s"]
    assert "${GATE_PASSWORD}" in site.read_text()


def test_a_backup_is_of_one_moment_while_the_database_is_written(tmp_path: Path) -> None:
    site, archive = make_site(tmp_path), tmp_path / "b.tgz"
    with closing(fill(tmp_path)) as running:
        backup(site, archive, replace=False)
        running.execute("INSERT INTO alerts VALUES ('after the backup')")
    restore(archive, site, replace=True, data_only=False)
    assert alerts(tmp_path / "crushwatch.db") == ["6.2 per m2 for 12 s"]


def test_no_secret_is_in_the_archive_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    site, archive = make_site(tmp_path), tmp_path / "b.tgz"
    fill(tmp_path).close()
    backup(site, archive, replace=False)
    with tarfile.open(archive) as tar:
        contents = [tar.extractfile(member).read() for member in tar]  # type: ignore[union-attr]
    assert not any(SECRET.encode() in content for content in contents)
    assert archive.stat().st_mode & 0o077 == 0


def test_a_restored_database_and_state_are_their_owners_alone_from_the_first_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files that lie beside are looked at when all of them do; those that were there could be read by all."""
    site, archive = make_site(tmp_path), tmp_path / "b.tgz"
    fill(tmp_path).close()
    backup(site, archive, replace=False)
    state = tmp_path / "state" / "outbox.db"
    for path in (tmp_path / "crushwatch.db", state):
        path.chmod(0o644)
    site.chmod(0o640)
    beside: dict[str, int] = {}
    take_place = exchange._take_place

    def look_and_take(ready: Path, target: Path) -> None:
        beside[target.name] = mode_of(ready)
        take_place(ready, target)

    monkeypatch.setattr(exchange, "_take_place", look_and_take)
    restore(archive, site, replace=True, data_only=False)
    assert beside == {"crushwatch.db": 0o600, "outbox.db": 0o600, "site.yaml": 0o640}
    assert [mode_of(path) for path in (tmp_path / "crushwatch.db", state, site)] == [0o600, 0o600, 0o640]


def test_a_site_file_that_was_not_there_may_be_read_by_the_service(tmp_path: Path) -> None:
    site, archive = make_site(tmp_path), tmp_path / "b.tgz"
    fill(tmp_path).close()
    backup(site, archive, replace=False)
    other = tmp_path / "other" / "site.yaml"
    (tmp_path / "crushwatch.db").unlink()
    restore(archive, other, replace=False, data_only=False)
    assert mode_of(other) == 0o644
    assert mode_of(tmp_path / "crushwatch.db") == 0o600


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_an_archive_that_is_there_stays_unless_it_is_said(tmp_path: Path) -> None:
    site, archive = make_site(tmp_path), tmp_path / "b.tgz"
    fill(tmp_path).close()
    archive.write_bytes(b"of last week")
    with pytest.raises(SiteError, match=rf"^{archive}: already there; take another name, or --replace"):
        backup(site, archive, replace=False)
    assert archive.read_bytes() == b"of last week"
    backup(site, archive, replace=True)
    assert tarfile.is_tarfile(archive)


@pytest.mark.parametrize("kilobytes", [1, 40, 100], ids=["the site file", "the database", "the archive"])
def test_a_disk_that_is_full_costs_neither_the_old_archive_nor_leaves_half_a_one(
    tmp_path: Path, kilobytes: int
) -> None:
    """A limit on the size of files stands for the full disk, wherever in the writing it is met."""
    site, archive = make_site(tmp_path), tmp_path / "b.tgz"
    with closing(fill(tmp_path)) as running:
        running.execute("INSERT INTO alerts VALUES (randomblob(50000))")
    (tmp_path / "state" / "references").mkdir()
    (tmp_path / "state" / "references" / "gate.png").write_bytes(os.urandom(60_000))
    (tmp_path / "site.yaml").write_text(site.read_text() + "# " + "x" * 1500 + "\n")
    archive.write_bytes(b"of last week")
    before = sorted(tmp_path.iterdir())
    full = subprocess.run(
        [sys.executable, "-m", "crushwatch.cli", "backup", str(site), str(archive), "--replace"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1024, kilobytes * 1024)),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (full.returncode, "Traceback" in full.stderr) == (1, False), full.stderr
    assert archive.read_bytes() == b"of last week"
    assert sorted(tmp_path.iterdir()) == before


def test_an_archive_in_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r"nowhere/b\.tgz: cannot be written: No such file or directory"):
        backup(make_site(tmp_path), tmp_path / "nowhere" / "b.tgz", replace=False)
    with pytest.raises(SiteError, match=r"a folder; name the archive too, as .*crushwatch\.tar\.gz"):
        backup(make_site(tmp_path), tmp_path, replace=True)


def test_nothing_is_written_over_unless_it_is_said(tmp_path: Path) -> None:
    site, archive = make_site(tmp_path), tmp_path / "b.tgz"
    fill(tmp_path).close()
    backup(site, archive, replace=False)
    make_site(tmp_path, revision=8)
    with pytest.raises(SiteError, match=r"already there: .*site.yaml, .*crushwatch.db.*--replace"):
        restore(archive, site, replace=False, data_only=False)
    assert "revision: 8" in site.read_text()


def test_a_restore_that_stops_half_way_says_what_is_new_and_keeps_the_log_of_a_database_that_it_did_not_exchange(
    tmp_path: Path,
) -> None:
    site, archive, database = make_site(tmp_path), tmp_path / "b.tgz", tmp_path / "crushwatch.db"
    fill(tmp_path).close()
    backup(site, archive, replace=False)
    worker_state(tmp_path / "state" / "outbox.db", "gate/newer")
    database.unlink()
    database.mkdir()  # so that nothing can take its place
    log = tmp_path / "crushwatch.db-wal"
    log.write_bytes(b"what is not in the database yet")
    with pytest.raises(
        BackupError, match=rf"{database}: cannot be exchanged: .*\. New: .*outbox\.db; as before: {database}\. "
    ):
        restore(archive, site, replace=True, data_only=False)
    assert regions_in(tmp_path / "state" / "outbox.db") == {"gate/front"}
    assert log.read_bytes() == b"what is not in the database yet"
    assert not [path for path in tmp_path.rglob(".*") if path.is_file()]


@pytest.mark.parametrize("hindered", ["state", "count-checks"])
def test_a_restore_that_finds_no_room_for_one_part_changes_none(tmp_path: Path, hindered: str) -> None:
    archive, site = tmp_path / "b.tgz", make_site(tmp_path / "venue", database=f"sqlite:///{tmp_path}/crushwatch.db")
    fill(tmp_path).close()
    worker_state(site.parent / "state" / "outbox.db", "gate/front")
    (site.parent / "count-checks").mkdir()
    (site.parent / "count-checks" / "gate.json").write_text("{}")
    backup(site, archive, replace=False)
    with closing(sqlite3.connect(tmp_path / "crushwatch.db")) as connection:
        connection.execute("UPDATE alerts SET because = 'after the backup'")
        connection.commit()
    shutil.rmtree(site.parent / hindered)
    (site.parent / hindered).write_text("a file where a folder belongs")
    before = contents(tmp_path)
    with pytest.raises(BackupError, match=rf"{hindered}/.*: cannot be written: "):
        restore(archive, site, replace=True, data_only=False)
    assert contents(tmp_path) == before


def test_the_data_alone_come_back_where_the_site_file_may_not_be_written(tmp_path: Path) -> None:
    site, archive = make_site(tmp_path), tmp_path / "b.tgz"
    fill(tmp_path).close()
    check = tmp_path / "count-checks" / "gate.json"
    check.parent.mkdir()
    check.write_text('{"camera": "gate"}')
    backup(site, archive, replace=False)
    make_site(tmp_path, revision=8)
    (tmp_path / "crushwatch.db").unlink()
    check.write_text('{"camera": "gate", "from": "after the backup"}')
    restore(archive, site, replace=True, data_only=True)
    assert "revision: 8" in site.read_text()
    assert "after the backup" in check.read_text(), "what lies beside the site file stays with it"
    assert alerts(tmp_path / "crushwatch.db") == ["6.2 per m2 for 12 s"]


def test_a_damaged_archive_changes_nothing(tmp_path: Path) -> None:
    site, archive = make_site(tmp_path), tmp_path / "b.tgz"
    fill(tmp_path).close()
    backup(site, archive, replace=False)
    whole = archive.read_bytes()
    before = (tmp_path / "crushwatch.db").read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:200] + bytes([whole[200] ^ 255]) + whole[201:], b"no archive"):
        archive.write_bytes(damaged)
        with pytest.raises(BackupError):
            restore(archive, site, replace=True, data_only=False)
    assert (tmp_path / "crushwatch.db").read_bytes() == before


def as_of_form(archive: Path, form: int) -> None:
    """Its manifest says another form."""
    with tempfile.TemporaryDirectory() as name:
        with tarfile.open(archive) as tar:
            tar.extractall(name, filter="data")
        manifest = Path(name) / "manifest.json"
        manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"form": form}))
        with tarfile.open(archive, "w:gz") as tar:
            for path in Path(name).iterdir():
                tar.add(path, arcname=path.name)


def test_an_archive_of_the_version_before_is_read_and_one_of_a_later_version_is_told(tmp_path: Path) -> None:
    site, archive = make_site(tmp_path), tmp_path / "b.tgz"
    fill(tmp_path).close()
    backup(site, archive, replace=False)
    with tarfile.open(archive) as tar:
        assert json.load(tar.extractfile("manifest.json"))["form"] == 2  # type: ignore[arg-type]
    (tmp_path / "crushwatch.db").unlink()
    as_of_form(archive, 1)
    restore(archive, site, replace=True, data_only=False)
    assert alerts(tmp_path / "crushwatch.db") == ["6.2 per m2 for 12 s"]
    as_of_form(archive, 3)
    with pytest.raises(BackupError, match="of form 3; this version reads forms 1 and 2"):
        restore(archive, site, replace=True, data_only=False)


def test_an_archive_with_a_foreign_file_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "b.tgz"
    (tmp_path / "evil").write_text("x")
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(tmp_path / "evil", arcname="../../etc/evil")
    with pytest.raises(BackupError, match="does not belong into a backup"):
        restore(archive, tmp_path / "site.yaml", replace=True, data_only=False)


def test_a_running_service_is_not_pulled_the_rug_from_under(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        site, archive = make_site(tmp_path, port=listening.getsockname()[1]), tmp_path / "b.tgz"
        fill(tmp_path).close()
        backup(site, archive, replace=False)
        with pytest.raises(BackupError, match="stop service and worker first"):
            restore(archive, site, replace=True, data_only=False)


def running(program: str, site: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "crushwatch.cli", program, str(site)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.mark.integration
def test_who_watches_is_named_and_nothing_is_restored_under_it(tmp_path: Path) -> None:
    site, archive = make_site(tmp_path, port=0), tmp_path / "b.tgz"
    site.write_text(site.read_text() + "bus: {url: 'redis://127.0.0.1:1/0'}\n")
    service, worker = running("service", site), running("worker", site)
    locks = [tmp_path / "crushwatch.db.lock", tmp_path / "state" / "outbox.db.lock"]
    try:
        for file in (*locks, *(lock.with_suffix("") for lock in locks)):
            wait_for(f"{file} in use", lambda file=file: file.exists() and file.stat().st_size, within_s=60)
        backup(site, archive, replace=False)
        with pytest.raises(
            BackupError,
            match=rf"^stop service and worker first: the worker \(pid {worker.pid} on \S+\) has .*/state/outbox\.db; "
            rf"the service \(pid {service.pid} on \S+\) has .*/crushwatch\.db$",
        ):
            restore(archive, site, replace=True, data_only=False)
    finally:
        for process in (service, worker):
            process.terminate()
            process.wait(20)
    restore(archive, site, replace=True, data_only=False)


def test_a_database_that_is_not_there_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(CrushwatchError, match=r"crushwatch.db: no database there; run this in the folder"):
        backup(make_site(tmp_path), tmp_path / "b.tgz", replace=False)


def test_a_postgresql_database_comes_back_as_it_was(tmp_path: Path) -> None:
    if postgres_program("postgres") is None or not all(map(shutil.which, ("pg_dump", "pg_restore"))):
        pytest.skip("NOT RUN: no PostgreSQL on this machine (Debian: apt-get install postgresql)")
    server = PostgresServer()
    server.start()
    engine = create_engine(server.url)
    try:
        site, archive = make_site(tmp_path, database=server.url), tmp_path / "b.tgz"
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE alerts (because TEXT)"))
            connection.execute(text("INSERT INTO alerts VALUES ('6.2 per m2 for 12 s')"))
        backup(site, archive, replace=False)
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM alerts"))
        with pytest.raises(SiteError, match="--replace"):
            restore(archive, site, replace=False, data_only=True)
        restore(archive, site, replace=True, data_only=True)
        with engine.begin() as connection:
            assert connection.execute(text("SELECT because FROM alerts")).scalar() == "6.2 per m2 for 12 s"
    finally:
        engine.dispose()
        server.stop()
