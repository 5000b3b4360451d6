"""The environment says where an installation's parts are, over the site file."""

from __future__ import annotations

from pathlib import Path

import pytest

from crushwatch.errors import SiteError
from crushwatch.site import load_site
from crushwatch.site.placement import PLACES
from crushwatch.site.site import Bus, Service, Worker

SITE = "id: demo\ncameras:\n  gate:\n    source: sim:gate\nservice: {port: 8001}\n"
SECTIONS = {"bus": Bus, "worker": Worker, "service": Service}


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(SITE)
    return path


def test_the_environment_stands_over_the_file_and_leaves_the_rest(site_file: Path) -> None:
    environment = {"CRUSHWATCH_BUS_URL": "redis://bus:6379/0", "CRUSHWATCH_METRICS_PORT": "9101"}
    site = load_site(site_file, environment)
    assert site.bus.url.reveal() == "redis://bus:6379/0"
    assert site.worker.metrics_port == 9101
    assert site.service.port == 8001


def test_a_secret_comes_from_the_file_that_a_platform_mounts(site_file: Path, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("correct horse\n")
    for named in ("password", str(tmp_path / "password")):
        site = load_site(site_file, {"CRUSHWATCH_PASSWORD_FILE": named})
        assert site.service.password is not None
        assert site.service.password.reveal() == "correct horse"


def test_a_secret_file_that_is_missing_and_a_port_that_is_none_are_faults_of_the_variable(site_file: Path) -> None:
    environment = {"CRUSHWATCH_TOKEN_FILE": "/nowhere/token", "CRUSHWATCH_SERVICE_PORT": "http"}
    with pytest.raises(SiteError) as caught:
        load_site(site_file, environment)
    assert "CRUSHWATCH_TOKEN_FILE: /nowhere/token cannot be read: No such file" in str(caught.value)
    assert "service.port: 'http' is not allowed" in str(caught.value)


def test_an_empty_variable_says_nothing(site_file: Path) -> None:
    assert load_site(site_file, {"CRUSHWATCH_SERVICE_HOST": ""}).service.host == "127.0.0.1"


@pytest.mark.parametrize("variable", sorted(PLACES))
def test_every_variable_stands_for_a_key_that_there_is(variable: str) -> None:
    section, key = PLACES[variable]
    assert key in SECTIONS[section].model_fields
