"""Training on the card: crops made there, and a run in parts."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import pytest
import torch

from bench.gpu.tiny_pictures import write
from crushwatch.density.augment import Augmentation
from crushwatch.density.batches import Source
from crushwatch.density.datasets import read
from crushwatch.density.device_crops import DeviceCrops
from crushwatch.density.recipe import SourceConfig, TrainingConfig, ValidationConfig
from crushwatch.density.training import train

PLAIN = Augmentation(scale_low=0.5, scale_high=3.0, light=1, grey=0.2, blur=0.5, noise=0, jpeg=0.5)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "pictures")
    return tmp_path / "pictures"


def test_crops_made_on_the_card_are_those_made_on_the_processor(folder: Path) -> None:
    sources = [Source(0.8, read("heads-json", folder, "train"), PLAIN), Source(0.2, [], PLAIN)]
    card, processor = (DeviceCrops(sources, 128, 16, 3, device=device) for device in ("cuda", "cpu"))
    for step in range(3):
        one, other = card.batch(step), processor.batch(step)
        torch.testing.assert_close(one.targets.cpu(), other.targets, rtol=0, atol=0)
        assert (one.images.cpu().int() - other.images.int()).abs().float().mean() < 0.2


def test_a_run_on_the_card_in_parts_goes_on_and_learns(folder: Path, tmp_path: Path) -> None:
    config = TrainingConfig(
        network="csrnet",
        options={"slim": 8, "batch_norm": True},
        teacher="compact",
        sources=(SourceConfig("heads-json", 1.0, str(folder)),),
        validation=(ValidationConfig("tiny", "heads-json", str(folder)),),
        steps=60,
        batch=8,
        crop_px=64,
        freeze=0,
        warm_up_steps=5,
        device="cuda",
        log_seconds=0.0,
    )
    part = train(dataclasses.replace(config, steps=30), tmp_path / "run")
    whole = train(config, tmp_path / "run")
    assert (part.step, whole.step) == (30, 60)
    assert math.isfinite(whole.best)
    assert all(math.isfinite(float(p.detach().sum())) for p in whole.network.parameters())
