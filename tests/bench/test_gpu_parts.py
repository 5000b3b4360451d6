"""Large files go in parts and come back whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.gpu.parts import MIB, join, split


def test_a_file_comes_back_whole_from_parts_of_at_most_so_many_mib(tmp_path: Path) -> None:
    whole = np.random.default_rng(0).bytes(2 * MIB + 17)
    path = tmp_path / "weights.onnx"
    path.write_bytes(whole)
    parts = split(path, mib=1)
    assert [part.stat().st_size for part in parts] == [MIB, MIB, 17]
    path.unlink()
    assert join(path) == len(whole)
    assert path.read_bytes() == whole


def test_a_part_that_is_missing_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "weights.onnx"
    path.write_bytes(b"x" * (MIB + 1))
    split(path, mib=1)[1].unlink()
    with pytest.raises(SystemExit, match="fetch them again"):
        join(path)
