"""Every engine counts what PyTorch counts in FP32, within 1 %, on real people."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from crushwatch.models import find_model
from workers.infer.choose import open_engine

pytestmark = pytest.mark.science

EVERY = 57
"""Six frames of the clip, spread evenly."""


@pytest.fixture(scope="module")
def plaza(data_folder: Path) -> list[np.ndarray]:
    clip = cv2.VideoCapture(str(data_folder / "video" / "plaza.mp4"))
    frames = []
    while clip.grab():
        if clip.get(cv2.CAP_PROP_POS_FRAMES) % EVERY == 1:
            frames.append(cv2.cvtColor(cv2.resize(clip.retrieve()[1], (1024, 576)), cv2.COLOR_BGR2RGB))
    return frames


@pytest.fixture(scope="module")
def reference(plaza: list[np.ndarray]) -> np.ndarray:
    return counts("torch", "fp32", plaza)


def counts(engine: str, precision: str, frames: list[np.ndarray]) -> np.ndarray:
    opened = open_engine(engine, find_model("compact"), precision=precision)
    return np.array([float(opened.infer(frame[None]).sum()) for frame in frames])


def test_the_first_frame_of_the_plaza_holds_about_36_people(reference: np.ndarray) -> None:
    assert reference[0] == pytest.approx(36, abs=2)


@pytest.mark.parametrize("precision", ["fp32", "auto"])
def test_openvino_agrees_with_torch_within_one_percent(
    plaza: list[np.ndarray], reference: np.ndarray, precision: str
) -> None:
    found = counts("openvino", precision, plaza)
    worst = np.abs(found / reference - 1).max()
    assert worst < (1e-4 if precision == "fp32" else 0.01)


def test_int8_agrees_with_torch_within_two_percent_in_the_mean(plaza: list[np.ndarray], reference: np.ndarray) -> None:
    found = counts("openvino", "int8", plaza)
    assert np.abs(found / reference - 1).mean() < 0.02


def test_fp16_as_tensorrt_computes_it_agrees_with_torch_within_one_percent(
    plaza: list[np.ndarray], reference: np.ndarray
) -> None:
    import onnxruntime

    from workers.infer.half import halved

    model = find_model("compact")
    plain = onnxruntime.SessionOptions()
    plain.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    graph = halved(model.path, model.keep_fp32)
    session = onnxruntime.InferenceSession(graph, plain, providers=["CPUExecutionProvider"])
    for frame, count in list(zip(plaza, reference, strict=True))[::4]:
        found = session.run(None, {"images": frame[None]})[0]
        assert found.sum() == pytest.approx(count, rel=0.01)
