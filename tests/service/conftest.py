"""What tests of the service share: databases of both kinds, and a running service on a free port."""

from __future__ import annotations

import importlib.util
import os
import pwd
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from crushwatch.bus import Bus, MemoryBus
from crushwatch.site import SecretUrl
from service.run import EmbeddedService
from service.store import Database
from support.postgres_server import PostgresServer, postgres_program
from support.service_site import site


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real PostgreSQL for the whole run."""
    if postgres_program("postgres") is None or postgres_program("initdb") is None:
        pytest.skip("NOT RUN: no PostgreSQL on this machine (Debian: apt-get install postgresql)")
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("NOT RUN: psycopg is not installed (pip install crushwatch[postgres])")
    if os.getuid() == 0 and "postgres" not in {user.pw_name for user in pwd.getpwall()}:
        pytest.skip("NOT RUN: PostgreSQL does not run as root, and there is no user `postgres`")
    server = PostgresServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> str:
    """An empty PostgreSQL database."""
    database = Database(SecretUrl(postgres_server.url))
    with database.writing() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    database.close()
    return postgres_server.url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database at the newest schema, of each kind."""
    url = f"sqlite:///{tmp_path}/store.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    database = Database(SecretUrl(url))
    database.migrate()
    yield database
    database.close()


class Running:
    """A running service with a client."""

    def __init__(self, service: EmbeddedService, bus: Bus, url: str) -> None:
        self.service = service
        self.bus = bus
        self.url = url
        self.client = httpx.Client(base_url=url, timeout=10)

    def get(self, path: str) -> Any:
        """The JSON of a successful answer."""
        response = self.client.get(f"/api/v1/{path}")
        assert response.status_code == 200, response.text
        return response.json()

    def post(self, path: str, body: object) -> httpx.Response:
        """The answer, whatever it is."""
        return self.client.post(f"/api/v1/{path}", json=body)


@pytest.fixture
def run_service(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts services of the small site; all are stopped at the end. `bus` is a new one in memory if not given."""
    running: list[Running] = []

    def start(bus: Bus | None = None, **changes: Any) -> Running:
        bus = MemoryBus() if bus is None else bus
        service = EmbeddedService(site(tmp_path, **changes), bus)
        running.append(Running(service, bus, service.start()))
        return running[-1]

    yield start
    for one in running:
        one.client.close()
        one.service.stop()
