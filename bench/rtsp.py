"""A real GStreamer RTSP server in a process of its own: the tests' camera, without what tests need."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PYTHON = "/usr/bin/python3"
"""The system's: `gi` is a Debian package, not a wheel."""
PROGRAM = Path(__file__).parents[1] / "tests" / "support" / "rtsp_server_process.py"
NEEDS = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstApp, GstRtspServer"


def missing() -> str | None:
    """Why no server can be had here, or None."""
    try:
        found = subprocess.run([PYTHON, "-W", "ignore", "-c", NEEDS], capture_output=True, check=False)
    except OSError as error:
        return f"{PYTHON}: {error.strerror}"
    return None if found.returncode == 0 else "no GStreamer RTSP server here: make system-packages"


@contextmanager
def serving(film: Path, port: int) -> Iterator[str]:
    """The address at which `film` (H.264) plays round and round; its pictures are sent as they are."""
    mounts = {"film": {"file": str(film), "codec": "h264"}}
    process = subprocess.Popen([PYTHON, str(PROGRAM)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the server has no pipes")
        process.stdin.write(json.dumps({"port": port, "users": {}, "method": "digest", "mounts": mounts}) + "\n")
        process.stdin.flush()
        if not process.stdout.readline().startswith("ready"):
            raise RuntimeError(f"the RTSP server does not start on port {port}")
        yield f"rtsp://127.0.0.1:{port}/film"
    finally:
        process.kill()
        process.communicate()
