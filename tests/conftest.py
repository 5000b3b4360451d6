"""What tests of all rooms share: a real Redis, free ports, the folder of real data."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

from support.redis_server import RedisServer
from support.rtsp_server import RtspServer

settings.register_profile("unhurried", settings(deadline=None))  # a busy machine is no fault
settings.load_profile("unhurried")


@pytest.fixture(scope="session", autouse=True)
def loggers_that_listen() -> Iterator[None]:
    """A logger that is used while a command has configured the logs would keep that for ever: later tests would not
    capture what it says."""
    configure = structlog.configure

    def configure_uncached(**settings: Any) -> None:
        configure(**settings | {"cache_logger_on_first_use": False})

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(structlog, "configure", configure_uncached)
        yield


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A real Redis for the whole run, on a free port, with its append-only file on."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def private_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A real Redis for one test, which may kill it."""
    server = RedisServer(tmp_path / "redis")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def start_rtsp_server() -> Iterator[Callable[..., RtspServer]]:
    """Starts real RTSP servers (arguments as `RtspServer`) that end with the test; skips where GStreamer is missing."""
    servers: list[RtspServer] = []

    def start(mounts: Mapping[str, Path], **options: Any) -> RtspServer:
        servers.append(RtspServer(mounts, **options))
        return servers[-1].start()

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Real images and clips: CRUSHWATCH_DATA, or `../shared/data` beside the repository; skipped without."""
    folder = Path(os.environ.get("CRUSHWATCH_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"NOT RUN: no real data at {folder}; set CRUSHWATCH_DATA to its folder")
    return folder
