"""Films, cameras and a host that never answers."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crushwatch.site import Camera
from support.clips import make_clip


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of H.264, 320x240 at 25 fps, a key frame every 10."""
    return make_clip(tmp_path_factory.mktemp("films") / "film.mp4")


@pytest.fixture(scope="session")
def film_h265(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same in H.265."""
    return make_clip(tmp_path_factory.mktemp("films") / "film_h265.mp4", codec="hevc")


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port of this machine where connections are taken and nothing is ever said."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield listener.getsockname()[1]


@pytest.fixture(scope="session")
def camera() -> Callable[..., Camera]:
    """`camera(SOURCE, ...)`, impatient unless it says otherwise."""

    def make(source: str | Path, **settings: Any) -> Camera:
        return Camera.model_validate(
            {"source": str(source), "connect_timeout_s": 2, "stall_after_s": 2, "analysis_rate_hz": 25, **settings}
        )

    return make


@pytest.fixture(scope="session")
def wait_until() -> Callable[..., None]:
    """`wait_until(TEST)`: until it holds, or fail after `within_s`."""

    def wait(holds: Callable[[], bool], within_s: float = 10.0) -> None:
        deadline_s = time.monotonic() + within_s
        while not holds():
            assert time.monotonic() < deadline_s, f"still not so after {within_s} s"
            time.sleep(0.01)

    return wait
