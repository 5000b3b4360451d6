from __future__ import annotations

import errno
import json
import math
import os
import pty
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import h5py
import numpy as np
import pytest

from crushwatch.errors import SourceError
from crushwatch.simulate import open_scenario, scenario_names
from crushwatch.simulate.record import truth_writer, video_writer

pytestmark = pytest.mark.timeout(300)


def crushwatch(*arguments: str, before: Callable[[], None] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "crushwatch.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, preexec_fn=before)


def test_a_video_and_its_truth_are_written(tmp_path: Path) -> None:
    out, truth = tmp_path / "clip.mp4", tmp_path / "truth.json"
    done = crushwatch(
        *("simulate", "calm", "--size", "320x180", "--duration", "0.6", "--from", "119.8", "--json"),
        *("--out", str(out), "--truth", str(truth)),
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "no progress where nobody watches"
    assert json.loads(done.stdout)["frames"] == 6
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.mp4", "truth.json"]
    with av.open(str(out)) as video:
        frames = list(video.decode(video=0))
    assert (len(frames), frames[0].width, frames[0].height) == (6, 320, 180)
    said = json.loads(truth.read_text())
    assert said["camera"]["source"] == "sim:calm"
    assert [frame["time_s"] for frame in said["frames"]] == pytest.approx([119.8 + 0.1 * i for i in range(6)])
    assert all(
        len(frame["heads_px"]) == len(frame["feet_m"]) == len(frame["ids"]) == len(frame["velocities_m_s"]) > 5
        for frame in said["frames"]
    )


def test_truth_can_be_hdf5(tmp_path: Path) -> None:
    truth = tmp_path / "truth.h5"
    done = crushwatch("simulate", "calm", "--size", "128x96", "--duration", "0.3", "--truth", str(truth))
    assert done.returncode == 0, done.stderr
    with h5py.File(truth) as file:
        assert file["heads_px"].shape == file["feet_m"].shape == (np.sum(file["people"]), 2)
        assert len(file["time_s"]) == 3


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("gat", "--out", "x.mp4"), 2, "no scenario 'gat'; there are"),
        (("gate",), 2, "nothing to write"),
        (("gate", "--out", "x.xyz"), 2, "--out x.xyz: the ending must be"),
        (("gate", "--truth", "x.txt"), 2, "--truth x.txt: the ending must be"),
        (("gate", "--out", "x.mp4", "--size", "1x1"), 2, "--size 1x1"),
        (("gate", "--out", "no/such/folder/x.mp4", "--duration", "0.1"), 1, "cannot be written"),
        (("gate", "--truth", "no/such/folder/x.json"), 1, "cannot be written"),
    ],
    ids=["unknown", "nothing", "video ending", "truth ending", "size", "no video folder", "no truth folder"],
)
def test_what_cannot_be_done_is_said_with_an_exit_code(arguments: tuple[str, ...], code: int, said: str) -> None:
    done = crushwatch("simulate", *arguments)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def on_a_terminal(*arguments: str, interrupt_at: bytes = b"") -> tuple[int, bytes]:
    """Exit code of a command on a terminal of 80 columns and what it showed there; Ctrl-C once that stands there.

    As a person does, it is pressed again where nothing has come of it: Python drops one that falls into a callback.
    """
    ours, its = pty.openpty()
    running = subprocess.Popen([sys.executable, "-m", "crushwatch.cli", *arguments], stdout=its, stderr=its)
    os.close(its)
    shown, pressed_at = b"", -math.inf
    while True:
        try:
            shown += os.read(ours, 4096)
        except OSError:  # the terminal's other end is closed
            break
        if interrupt_at and interrupt_at in shown and time.monotonic() - pressed_at > 3:
            running.send_signal(signal.SIGINT)
            pressed_at = time.monotonic()
    os.close(ours)
    return running.wait(20), shown


def test_on_a_terminal_progress_is_shown_on_one_line(tmp_path: Path) -> None:
    code, shown = on_a_terminal(
        "simulate", "calm", "--size", "128x96", "--duration", "1", "--out", str(tmp_path / "clip.mp4")
    )
    lines = [line.replace(b"\x1b[?25l", b"") for line in shown.split(b"\r")]
    assert code == 0, shown
    assert any(b" 5/10 " in line and b" pictures/s" in line for line in lines), shown
    assert max(map(len, lines)) < 80


def test_what_is_broken_off_leaves_nothing_and_what_was_there_before(tmp_path: Path) -> None:
    out, truth = tmp_path / "clip.mp4", tmp_path / "truth.json"
    truth.write_text("of yesterday")
    code, shown = on_a_terminal(
        *("simulate", "calm", "--size", "128x96", "--out", str(out), "--truth", str(truth)), interrupt_at=b" 5/"
    )
    assert code == 130, shown
    assert [path.name for path in tmp_path.iterdir()] == ["truth.json"]
    assert truth.read_text() == "of yesterday"


@pytest.mark.parametrize("name", ["clip.mp4", "truth.json", "truth.h5"])
def test_a_file_that_does_not_fit_is_told_and_not_left_in_part(tmp_path: Path, name: str) -> None:
    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    option = "--out" if name.startswith("clip") else "--truth"
    command = ["simulate", "calm", "--size", "128x96", "--duration", "3", option, str(tmp_path / name)]
    done = crushwatch(*command, before=little_room)
    assert done.returncode == 1
    assert f"{tmp_path / name} cannot be written: " in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("writer", "name"), [(video_writer, "clip.ts"), (truth_writer, "truth.json")])
def test_a_full_disk_is_called_by_its_name(tmp_path: Path, writer: Any, name: str) -> None:
    said = rf"{name} cannot be written: the disk is full; free some space or give another folder"
    with pytest.raises(SourceError, match=said), writer(tmp_path / name, open_scenario("calm", (128, 96))):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert list(tmp_path.iterdir()) == []


def test_the_scenarios_are_listed() -> None:
    assert tuple(crushwatch("simulate", "list").stdout.split()) == scenario_names()


def test_help_has_an_example() -> None:
    assert "Example: crushwatch simulate gate --out gate.mp4" in crushwatch("simulate", "--help").stdout
