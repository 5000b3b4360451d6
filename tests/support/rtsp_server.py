"""A real GStreamer RTSP server as a child process: the camera of the tests, which a test may freeze, hang or kill."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import av
import pytest

from support.ports import free_port

SYSTEM_PYTHON = "/usr/bin/python3"
PACKAGES = "python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good gstreamer1.0-plugins-bad"
_PROGRAM = Path(__file__).with_name("rtsp_server_process.py")


class RtspServer:
    """Plays each file of `mounts` (name to path; mp4, mkv or ts with H.264 or H.265, beginning with a key frame) round
    and round at its own pace to whoever asks. Keeps its port over `kill()` and `restart()`.

    users: name to password; empty lets everybody in.
    """

    def __init__(
        self,
        mounts: Mapping[str, Path],
        *,
        users: Mapping[str, str] | None = None,
        method: Literal["basic", "digest"] = "digest",
    ) -> None:
        self._mounts = dict(mounts)
        self._users = dict(users or {})
        self._method = method
        self._process: subprocess.Popen[str] | None = None
        self.port = free_port()

    def start(self) -> RtspServer:
        """Start and wait until it listens; skips the test, with what to install, where GStreamer is missing."""
        mounts = {name: {"file": str(path), "codec": _codec(path)} for name, path in self._mounts.items()}
        settings = {"port": self.port, "users": self._users, "method": self._method, "mounts": mounts}
        _need_gstreamer()
        self._process = subprocess.Popen(
            [SYSTEM_PYTHON, str(_PROGRAM)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._say(json.dumps(settings)) == f"ready {self.port}"
        return self

    def url(self, name: str, *, user: str = "", password: str = "") -> str:
        """The address of a mount, with the credentials in it where they are given."""
        credentials = f"{user}:{password}@" if user else ""
        return f"rtsp://{credentials}127.0.0.1:{self.port}/{name}"

    def freeze(self, name: str) -> None:
        """From now on the picture stands still while its clock runs."""
        assert self._say(f"freeze {name}") == "done"

    def thaw(self, name: str) -> None:
        """The picture moves again from the next key frame on."""
        assert self._say(f"thaw {name}") == "done"

    def hang(self) -> None:
        """It says nothing more, and its connections stay: as a camera whose processor is stuck."""
        self._running.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Go on after `hang`."""
        self._running.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """As when its power goes: SIGKILL, nothing said."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate(timeout=10)
            self._process = None

    stop = kill

    def restart(self) -> None:
        """On the same port again."""
        self.kill()
        self.start()

    @property
    def _running(self) -> subprocess.Popen[str]:
        assert self._process is not None, "the RTSP server is not running"
        return self._process

    def _say(self, line: str) -> str:
        process = self._running
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(line + "\n")
        process.stdin.flush()
        return process.stdout.readline().strip()


def _codec(path: Path) -> str:
    with av.open(str(path)) as container:
        return container.streams.video[0].codec_context.name


def _need_gstreamer() -> None:
    test = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstApp, GstRtspServer"
    try:
        has_it = subprocess.run([SYSTEM_PYTHON, "-W", "ignore", "-c", test], capture_output=True).returncode == 0
    except OSError:
        has_it = False
    if not has_it:
        pytest.skip(f"NOT RUN: no GStreamer RTSP server here; sudo apt-get install {PACKAGES}")
