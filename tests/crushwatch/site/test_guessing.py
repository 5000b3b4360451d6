"""Passwords that are soon guessed are refused, weak ones told; neither is repeated."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from structlog.testing import capture_logs

from crushwatch.bus.memory import MemoryBus
from crushwatch.commands.check import check
from crushwatch.errors import SiteError
from crushwatch.site import Site, parse_site
from crushwatch.site.guessing import guessable, refuse_short_secrets
from service.app import create_app


def site_with(folder: Path, **secrets: str) -> Site:
    lines = "".join(f", {key}: '{value}'" for key, value in secrets.items())
    return parse_site(
        "id: north-square\nname: Nordplatz\ncameras: {gate: {source: 'sim:gate'}}\n"
        f"service: {{port: 0, database: 'sqlite:///{folder}/x.db'{lines}}}\n"
    )


@pytest.mark.parametrize("key", ["password", "token"])
def test_five_letters_are_refused_by_the_service_and_by_check(
    tmp_path: Path, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    site = site_with(tmp_path, **{key: "horse"})
    with pytest.raises(SiteError, match=rf"^service\.{key}: shorter than 8 characters"):
        create_app(site, MemoryBus())
    path = tmp_path / "site.yaml"
    path.write_text(f"id: demo\ncameras: {{gate: {{source: 'sim:gate'}}}}\nservice: {{{key}: horse}}\n")
    with pytest.raises(typer.Exit):
        check(path, probe=False, as_json=False)
    told = capsys.readouterr().err
    assert f"site.yaml:3 service.{key}: shorter than 8 characters" in told
    assert "horse" not in told


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("horse-18", "shorter than 12"),
        ("horse-battery", None),
        ("correct horse battery staple", None),
        ("Password1234567", "an obvious word"),
        ("CRUSHWATCH!", "an obvious word"),
        ("admin-2026-2026", "an obvious word"),
        ("north-square-1", "an obvious word"),
        ("Nordplatz 2026!!", "an obvious word"),
        ("Nordplatz and its gates", None),
        ("123456789012345", None),
        ("ÜberDenPlatz", None),
    ],
)
def test_short_ones_and_obvious_words_are_told(tmp_path: Path, password: str, said: str | None) -> None:
    site = site_with(tmp_path, password=password)
    refuse_short_secrets(site.service)
    told = list(guessable(site))
    assert [sentence.partition(": ")[2].startswith(said or "") for sentence in told] == [True] * (said is not None)
    assert password not in "".join(told)


def test_a_site_without_a_word_in_its_name_has_no_obvious_one_of_its_own() -> None:
    text = "id: '1'\ncameras: {gate: {source: 'sim:gate'}}\nservice: {token: '123456789012'}"
    assert list(guessable(parse_site(text))) == []


def test_the_service_says_it_in_its_log_without_the_word(tmp_path: Path) -> None:
    with capture_logs() as lines:
        create_app(site_with(tmp_path, password="north-square"), MemoryBus()).state.parts.database.close()
    (line,) = [line for line in lines if line["event"] == "a password or token is easily guessed"]
    assert line["log_level"] == "warning"
    assert line["fault"].startswith("service.password: an obvious word")
    assert "north" not in str(line)
