from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import av
import h5py
import numpy as np
import pytest

from crushwatch.simulate import scenario_names

pytestmark = pytest.mark.timeout(300)


def crushwatch(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "crushwatch.cli", *arguments], capture_output=True, text=True)


def test_a_video_and_its_truth_are_written(tmp_path: Path) -> None:
    out, truth = tmp_path / "clip.mp4", tmp_path / "truth.json"
    done = crushwatch(
        *("simulate", "calm", "--size", "320x180", "--duration", "0.6", "--from", "119.8", "--json"),
        *("--out", str(out), "--truth", str(truth)),
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["frames"] == 6
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


def test_the_scenarios_are_listed() -> None:
    assert tuple(crushwatch("simulate", "list").stdout.split()) == scenario_names()


def test_help_has_an_example() -> None:
    assert "Example: crushwatch simulate gate --out gate.mp4" in crushwatch("simulate", "--help").stdout
