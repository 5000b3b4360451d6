"""How the torch engine divides a batch, and what it asks of cuDNN."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from crushwatch.models import find_model
from workers.infer import torch as engine_of_torch
from workers.infer.torch import MOST_PIXELS, TorchEngine, choose_kernels


@pytest.fixture
def cudnn() -> Iterator[None]:
    """What the process asks of cuDNN is as before afterwards."""
    kept = torch.backends.cudnn.benchmark, torch.backends.cudnn.allow_tf32
    yield
    torch.backends.cudnn.benchmark, torch.backends.cudnn.allow_tf32 = kept


def test_no_turn_makes_a_tensor_with_more_elements_than_31_bits_count(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (MOST_PIXELS - 1) * 64 < 2**31
    engine = TorchEngine(find_model("compact"), threads=1, batch_size=8, device="cpu")
    images = np.random.default_rng(0).integers(0, 256, (5, 64, 96, 3), dtype=np.uint8)
    whole = engine.infer(images)
    monkeypatch.setattr(engine_of_torch, "MOST_PIXELS", 2 * 64 * 96 + 1)
    divided = TorchEngine(find_model("compact"), threads=1, batch_size=8, device="cpu")
    np.testing.assert_allclose(divided.infer(images), whole, atol=1e-5)
    np.testing.assert_allclose(divided.on_device(images).numpy(), whole, atol=1e-5)
    divided.prepare([(96, 64)])
    assert max(shape[0] for _, shape in divided._lanes) == 2


def test_a_picture_that_is_larger_than_a_turn_goes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_of_torch, "MOST_PIXELS", 100)
    engine = TorchEngine(find_model("compact"), threads=1, batch_size=8, device="cpu")
    assert engine.infer(np.zeros((2, 64, 96, 3), np.uint8)).shape == (2, 8, 12)


@pytest.mark.usefixtures("cudnn")
def test_what_is_to_be_fp32_is_not_shortened_to_tf32() -> None:
    torch.backends.cudnn.allow_tf32 = True
    choose_kernels()
    assert not torch.backends.cudnn.allow_tf32
    assert torch.backends.cudnn.benchmark
