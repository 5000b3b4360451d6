"""A real PostgreSQL as a child process, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from support.ports import free_port


def postgres_program(name: str) -> str | None:
    """On the PATH, else where Debian puts it."""
    found = shutil.which(name)
    if found:
        return found
    return next((str(path) for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)), None)


class PostgresServer:
    """PostgreSQL refuses to run as root: then it runs as the user `postgres`."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="crushwatch-postgres-"))
        self._as: dict[str, Any] = {}
        if os.getuid() == 0:
            shutil.chown(self._folder, "postgres")
            self._as = {"user": "postgres", "group": "postgres", "extra_groups": []}
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://crowd:pg-secret-password@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Make the cluster, start it and wait until it answers."""
        password_file = self._folder / "password"
        password_file.write_text("pg-secret-password")
        data = self._folder / "data"
        make = [str(postgres_program("initdb")), "-D", str(data), "-U", "crowd", "--pwfile", str(password_file)]
        subprocess.run([*make, "-A", "scram-sha-256", "-E", "UTF8", "--no-sync"], check=True, capture_output=True,
                       cwd=self._folder, **self._as)  # fmt: skip
        command = [str(postgres_program("postgres")), "-D", str(data), "-p", str(self.port), "-h", "127.0.0.1"]
        command += ["-k", str(self._folder), "-c", "fsync=off"]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=self._folder, **self._as)
        self._wait()

    def _wait(self) -> None:
        import psycopg

        deadline = time.monotonic() + 20
        while True:
            try:
                psycopg.connect(self.url.replace("+psycopg", "")).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def stop(self) -> None:
        """End it and take its folder away."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=20)
        shutil.rmtree(self._folder, ignore_errors=True)
