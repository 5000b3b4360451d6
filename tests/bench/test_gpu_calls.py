"""The three calls of bench/gpu keep their time and leave what may come back, whatever ends them.

The scripts are the real ones. A stand-in for Python says at once that it has learnt, and writes files as large as the
real ones; splitting and joining is done for real.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import IO

import pytest

ROOT = Path(__file__).parents[2]
MIB = 2**20
CSRNET_BYTES, FRONT_BYTES, COMPACT_BYTES = 32_600_000, 15_300_000, 4_600_000
"""Their weights in FP16."""
STAND_IN = f"""#!/usr/bin/env bash
echo "$@" >>"$ASKED"
case "$*" in
    *bench.gpu.ready*) exit "${{READY:-0}}" ;;
    *bench.gpu.parts*) exec "{sys.executable}" "$@" ;;
    *crushwatch.density\\ train*)
        [[ "$*" != *${{SLOW:-nothing}}* ]] || sleep 30
        while [ "$1" != --out ]; do shift; done
        mkdir -p "$2" && echo '{{"step": 1, "score": 1.0}}' >"$2/log.jsonl" && touch "$2/best.pt" "$2/last.pt" ;;
    *bench.gpu.slim*compact*) head -c {COMPACT_BYTES} /dev/urandom >"$4" ;;
    *bench.gpu.slim*front*) head -c {FRONT_BYTES} /dev/urandom >"$4" ;;
    *bench.gpu.slim*) head -c {CSRNET_BYTES} /dev/urandom >"$4" ;;
    *export*) shift 3 && head -c {CSRNET_BYTES} /dev/urandom >"$2" ;;
    -c*) exec "{sys.executable}" "$@" ;;
    -\\ *) cat >/dev/null && echo 12.5 ;;
    *) echo "$*" ;;
esac
"""


@pytest.fixture
def python(tmp_path: Path) -> Path:
    path = tmp_path / "python"
    path.write_text(STAND_IN)
    path.chmod(0o755)
    return path


def begun(number: int, python: Path, folder: Path, said: int | IO[str], **more: str) -> subprocess.Popen[str]:
    """One of the three calls, in a process group of its own."""
    environment = os.environ | {
        "PYTHON": str(python),
        "ASKED": str(folder / "asked"),
        "CRUSHWATCH_RUNS": str(folder / "runs"),
        "RESULTS": str(folder / f"results-{number}"),
    }
    command = ["bash", str(ROOT / "bench" / "gpu" / "three_calls.sh"), str(number)]
    return subprocess.Popen(command, env=environment | more, stdout=said, text=True, start_new_session=True)


def ended(number: int, python: Path, folder: Path, **more: str) -> str:
    """What a call said, once it is over."""
    with begun(number, python, folder, subprocess.PIPE, **more) as call:
        return call.communicate(timeout=60)[0]


def test_what_each_call_leaves_comes_back_whole(python: Path, tmp_path: Path) -> None:
    for number, weights in ((1, {"csrnet-front.pt"}), (2, {"csrnet.pt"}), (3, {"csrnet.pt", "compact-from-csrnet.pt"})):
        ended(number, python, tmp_path)
        left = list((tmp_path / f"results-{number}").iterdir())
        assert len(left) <= 8
        assert all(file.stat().st_size <= 15 * MIB for file in left)
        assert sum(file.stat().st_size for file in left) <= 64 * MIB
        assert {file.name.partition(".part")[0] for file in left if ".part" in file.name} == weights
        with tarfile.open(tmp_path / f"results-{number}" / f"notes-{number}.tar.gz") as notes:
            assert {f"{name}.sha256" for name in weights} <= set(notes.getnames())


def test_a_call_that_is_killed_leaves_what_its_parts_had_done(python: Path, tmp_path: Path) -> None:
    call = begun(3, python, tmp_path, subprocess.DEVNULL, SLOW="compact-from-csrnet")
    results = tmp_path / "results-3"
    until_s = time.monotonic() + 60
    while not list(results.glob("csrnet.pt.part02")) and time.monotonic() < until_s:
        time.sleep(0.1)
    os.killpg(call.pid, signal.SIGKILL)
    call.wait(10)
    names = {file.name for file in results.iterdir()}
    assert names == {"notes-3.tar.gz", *(f"csrnet.pt.part{n:02d}" for n in range(3))}


def test_no_part_goes_on_longer_than_the_call_may(python: Path, tmp_path: Path) -> None:
    began_s = time.monotonic()
    said = ended(2, python, tmp_path, SLOW="csrnet", LIMIT="22")
    assert time.monotonic() - began_s < 22
    assert "== training: exit 124" in said
    assert (tmp_path / "results-2" / "notes-2.tar.gz").exists()


def test_the_last_call_trains_for_as_long_as_there_is_time_and_ends_the_schedule(python: Path, tmp_path: Path) -> None:
    ended(3, python, tmp_path, LIMIT="450")
    asked = (tmp_path / "asked").read_text().splitlines()
    own = next(line for line in asked if "crushwatch.density train" in line)
    assert own.endswith("--minutes 12.5")
    assert "--for-minutes" not in own
    after = next(line for line in asked if line.startswith("- "))
    assert 3.9 <= float(after.split()[-1]) <= 4.0


def test_a_run_without_the_front_ends_features_starts_plain_or_with_given_weights(python: Path, tmp_path: Path) -> None:
    ended(2, python, tmp_path)
    ended(2, python, tmp_path, INIT="kept/csrnet.pt")
    plain, given = (line for line in (tmp_path / "asked").read_text().splitlines() if "density train" in line)
    assert "csrnet-plain.yaml" in plain
    assert "models/csrnet.yaml" in given
    assert "--init kept/csrnet.pt" in given


@pytest.mark.parametrize(("code", "trained"), [(1, False), (124, True)], ids=["something is missing", "only slow"])
def test_the_first_call_begins_unless_something_is_missing(
    python: Path, tmp_path: Path, code: int, trained: bool
) -> None:
    ended(1, python, tmp_path, READY=str(code))
    assert ("density train" in (tmp_path / "asked").read_text()) == trained
