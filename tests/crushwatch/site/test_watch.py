"""A changed site file is taken up when it rests; one with faults changes nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from crushwatch.errors import SiteError
from crushwatch.site import Site, load_site
from crushwatch.site.watch import Seen, SiteFile

SITE = "id: demo\nrevision: 1\ncameras:\n  gate:\n    source: sim:gate\n"


@pytest.fixture
def file(tmp_path: Path) -> SiteFile:
    path = tmp_path / "site.yaml"
    path.write_text(SITE)
    return SiteFile(path, lambda found: load_site(found, {}))


def looks(file: SiteFile, count: int) -> list[Seen]:
    return [file.look() for _ in range(count)]


def test_a_file_that_does_not_change_is_read_once(file: SiteFile) -> None:
    assert looks(file, 3) == [Seen.NOTHING_NEW] * 3
    assert (file.taken, file.refused) == (0, 0)


def test_a_change_is_taken_up_once_it_rests(file: SiteFile) -> None:
    file.path.write_text(SITE.replace("revision: 1", "revision: 2"))
    assert looks(file, 4) == [Seen.NOTHING_NEW, Seen.TAKEN, Seen.NOTHING_NEW, Seen.NOTHING_NEW]
    assert (file.site.revision, file.taken, file.fault) == (2, 1, None)


def test_a_file_that_is_still_being_written_is_left_in_peace(file: SiteFile) -> None:
    for length in range(20, 24):
        file.path.write_text(SITE[:length])
        assert file.look() is Seen.NOTHING_NEW
    assert file.fault is None


def test_a_file_with_faults_is_refused_once_and_the_site_stays(file: SiteFile) -> None:
    file.path.write_text(SITE + "rules: {hysteresis: 9}\n")
    assert looks(file, 4) == [Seen.NOTHING_NEW, Seen.REFUSED, Seen.NOTHING_NEW, Seen.NOTHING_NEW]
    assert file.site.rules.hysteresis == 0.15
    assert file.fault is not None
    assert "rules.hysteresis" in file.fault


def test_a_file_that_is_put_back_as_it_was_is_said_to_be_without_faults_once(file: SiteFile) -> None:
    file.path.write_text(SITE + "rules: {hysteresis: 9}\n")
    looks(file, 2)
    with capture_logs() as told:
        for written_ns in (1, 2):
            file.path.write_text(SITE)
            os.utime(file.path, ns=(written_ns, written_ns))
            assert looks(file, 2) == [Seen.NOTHING_NEW] * 2
    assert file.fault is None
    assert [said["event"] for said in told] == ["the site file has no faults any more, and nothing else has changed"]


def test_a_file_at_which_the_program_fails_ends_nothing(tmp_path: Path) -> None:
    def load(path: Path) -> Site:
        if "revision: 2" in path.read_text():
            raise ZeroDivisionError("nobody expected this")
        return load_site(path, {})

    (tmp_path / "site.yaml").write_text(SITE)
    file = SiteFile(tmp_path / "site.yaml", load)
    file.path.write_text(SITE.replace("revision: 1", "revision: 2"))
    assert looks(file, 2) == [Seen.NOTHING_NEW, Seen.REFUSED]
    assert (file.site.revision, file.fault) == (1, "the program fails at this file: its log says why")


def test_the_fault_is_over_when_the_file_is_mended_even_if_nothing_else_changed(file: SiteFile) -> None:
    for text in (SITE + "colour: red\n", SITE):
        file.path.write_text(text)
        looks(file, 2)
    assert (file.fault, file.taken, file.refused) == (None, 0, 1)


def test_a_file_that_is_replaced_by_another_as_editors_and_kubernetes_do_is_taken_up(file: SiteFile) -> None:
    other = file.path.with_name("new.yaml")
    other.write_text(SITE.replace("revision: 1", "revision: 3"))
    os.replace(other, file.path)
    assert looks(file, 2)[-1] is Seen.TAKEN


def test_a_file_that_is_gone_is_refused_and_what_stands_stays(file: SiteFile) -> None:
    file.path.unlink()
    assert looks(file, 2)[-1] is Seen.REFUSED
    assert file.site.id == "demo"
    assert "No such file" in str(file.fault)


def test_touching_the_file_reads_its_secrets_again(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("first")
    path = tmp_path / "site.yaml"
    path.write_text(SITE + "service: {token: '${file:token}'}\n")
    file = SiteFile(path, lambda found: load_site(found, {}))
    (tmp_path / "token").write_text("second")
    assert looks(file, 2) == [Seen.NOTHING_NEW] * 2
    os.utime(path, (2e9, 2e9))
    assert looks(file, 2)[-1] is Seen.TAKEN
    assert file.site.service.token is not None
    assert file.site.service.token.reveal() == "second"


def test_what_cannot_be_put_to_work_gives_way_to_what_stood(file: SiteFile) -> None:
    standing = file.site
    file.path.write_text(SITE.replace("revision: 1", "revision: 2"))
    looks(file, 2)
    file.go_back(standing, "no NVIDIA GPU can be used here")
    assert (file.site.revision, file.taken, file.refused) == (1, 0, 1)
    assert file.fault == "no NVIDIA GPU can be used here"


def test_the_first_reading_is_the_callers_fault_to_tell(tmp_path: Path) -> None:
    with pytest.raises(SiteError):
        SiteFile(tmp_path / "nowhere.yaml", load_site)
