"""bench/gpu is rehearsed on a processor: every part gives its table, and where there is no GPU it says so."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

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


def test_without_a_gpu_it_says_so() -> None:
    if torch.cuda.is_available():
        pytest.skip("NOT RUN: this machine has an NVIDIA GPU")
    answer = measured()
    assert answer.returncode != 0
    assert "no NVIDIA GPU here; rehearse with --device cpu --tiny" in answer.stderr
