"""What is OpenVINO's own: plans, and what is kept on disk."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from crushwatch.models import find_model
from workers.infer.cache import EngineCache
from workers.infer.openvino import OpenVinoEngine
from workers.infer.plan import Plan

COMPACT = find_model("compact")


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (5, 64, 96, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def plainly(images: np.ndarray) -> np.ndarray:
    return OpenVinoEngine(COMPACT, precision="fp32").infer(images)


@pytest.mark.parametrize("plan", [Plan(pictures=1), Plan(pictures=2), Plan(2, 2, 1), Plan(2, 2, 2)], ids=str)
def test_every_plan_gives_the_same_figures_in_the_same_order(
    plan: Plan, images: np.ndarray, plainly: np.ndarray
) -> None:
    engine = OpenVinoEngine(COMPACT, precision="fp32", plan=plan)
    for _ in range(3):
        np.testing.assert_allclose(engine.infer(images), plainly, atol=1e-4)
    np.testing.assert_allclose(engine.infer(images[:1]), plainly[:1], atol=1e-4)


def test_what_was_compiled_once_is_taken_from_disk(tmp_path: Path, images: np.ndarray, plainly: np.ndarray) -> None:
    cache = EngineCache(tmp_path)
    OpenVinoEngine(COMPACT, precision="fp32", cache=cache)
    (kept,) = cache.entries()
    assert (kept.made_from["name"], kept.made_from["precision"]) == ("compact", "fp32")
    again = OpenVinoEngine(COMPACT, precision="fp32", cache=cache)
    assert len(list(cache.entries())) == 1
    np.testing.assert_allclose(again.infer(images), plainly, atol=1e-4)


def test_what_was_kept_and_cannot_be_used_is_compiled_anew(tmp_path: Path, images: np.ndarray) -> None:
    cache = EngineCache(tmp_path)
    OpenVinoEngine(COMPACT, precision="fp32", cache=cache)
    (kept,) = cache.entries()
    (tmp_path / f"{kept.key}.engine").write_bytes(b"half a file")
    assert OpenVinoEngine(COMPACT, precision="fp32", cache=cache).infer(images).sum() >= 0
    assert next(iter(cache.entries())).size_bytes > 1_000_000  # the network, no more the half file


def test_another_model_precision_or_plan_is_compiled_and_kept_beside(tmp_path: Path) -> None:
    other = tmp_path / "other.onnx"
    shutil.copy(COMPACT.path, other)
    other.write_bytes(other.read_bytes() + b"\n")  # another file, though the same network
    cache = EngineCache(tmp_path / "kept")
    OpenVinoEngine(COMPACT, precision="fp32", cache=cache)
    OpenVinoEngine(COMPACT, precision="fp32", plan=Plan(threads=1), cache=cache)
    OpenVinoEngine(COMPACT, precision="fp32", plan=Plan(2, 2, 1), cache=cache)  # and one for a batch of one
    with_another_model = len(list(cache.entries())) + 1
    OpenVinoEngine(find_model(str(COMPACT.path)), precision="fp32", cache=cache)
    assert len(list(cache.entries())) == with_another_model - 1 == 4
