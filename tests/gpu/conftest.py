"""These tests need an NVIDIA GPU. `make test-gpu` fails where there is none; the ordinary run passes them over."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

HERE = Path(__file__).parent
NO_GPU = "NOT RUN: torch sees no NVIDIA GPU here; `make test-gpu` on a machine that has one"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is of the ring `gpu`."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.gpu)


@pytest.fixture(autouse=True, scope="session")
def a_gpu() -> None:
    """Fails instead of passing over where a GPU was promised (CRUSHWATCH_GPU=1, as `make test-gpu` does)."""
    if torch.cuda.is_available():
        return
    if os.environ.get("CRUSHWATCH_GPU") == "1":
        pytest.fail(NO_GPU)
    pytest.skip(NO_GPU)


@pytest.fixture(scope="session")
def crowds() -> np.ndarray:
    """(13, 384, 512, 3): rendered crowds, drawn by our simulator, then heads on a grey ground."""
    from crushwatch.simulate.training import render_training_frame

    pictures = []
    for number in range(13):
        picture, _ = render_training_frame(np.random.default_rng([5, number % 3]), (640, 480))
        pictures.append(np.roll(cv2.resize(np.asarray(picture), (512, 384)), 40 * number, axis=1))
    return np.stack(pictures)
