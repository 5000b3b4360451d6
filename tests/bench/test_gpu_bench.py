"""bench/gpu is rehearsed on a processor: every part gives its table, and where there is no GPU it says so."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from bench.gpu.card import Draw, mean_watts
from bench.gpu.networks import batches_of
from bench.gpu.setting import Setting

ROOT = Path(__file__).parents[2]


def measured(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench.gpu", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=110, cwd=ROOT, check=False)


def test_the_networks_are_measured_in_a_rehearsal_and_written_where_asked(tmp_path: Path) -> None:
    book = tmp_path / "book.md"
    answer = measured("--device", "cpu", "--tiny", "--part", "networks", "--book", str(book), "--json")
    assert answer.returncode == 0, answer.stderr
    figures = json.loads(answer.stdout.splitlines()[-1])
    assert {(row["network"], row["how"], row["batch"]) for row in figures} >= {
        ("csrnet", "graph", 2),
        ("compact", "eager", 1),
    }
    assert "a rehearsal on the processor" in book.read_text()
    assert "not measured: compact bf16 tensorrt" in answer.stdout


def test_watts_are_the_joules_between_both_ends() -> None:
    assert mean_watts([(10.0, 5000.0), (10.5, 5300.0)]) == pytest.approx(600.0)
    assert mean_watts([(10.0, None), (10.5, 5300.0)]) is None
    assert mean_watts([(10.0, 5000.0), (10.5, 5000.0)]) is None
    with Draw("cpu") as draw:
        pass
    assert draw.watts is None


def test_what_is_larger_than_a_turn_of_the_engine_is_measured_by_itself(tmp_path: Path) -> None:
    setting = Setting("cuda", tmp_path)
    small, large = ({size: batches_of(setting, size, which) for size in setting.sizes_px} for which in (False, True))
    assert small == {(1024, 576): [1, 4, 16], (1920, 1088): [1, 4, 16]}
    assert large == {(1024, 576): [64], (1920, 1088): [64]}


def test_without_a_gpu_it_says_so() -> None:
    if torch.cuda.is_available():
        pytest.skip("NOT RUN: this machine has an NVIDIA GPU")
    answer = measured()
    assert answer.returncode != 0
    assert "no NVIDIA GPU here; rehearse with --device cpu --tiny" in answer.stderr
