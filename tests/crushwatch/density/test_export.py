"""Torch to ONNX and back."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
import torch

from crushwatch.density.checkpoint import Origin
from crushwatch.density.commands.export import COUNT_TOLERANCE, FEWEST_PEOPLE, verification_pictures, write_verified
from crushwatch.density.datasets import DatasetError
from crushwatch.density.export import agreement, blended, export_onnx, fold, load_exported
from crushwatch.density.networks import build, build_density, parameter_count
from crushwatch.density.recipe import TrainingConfig
from crushwatch.errors import EngineError

PICTURES = [np.random.default_rng(1).integers(0, 256, size, dtype=np.uint8) for size in ((64, 96, 3), (96, 32, 3))]


def lively(network: torch.nn.Module) -> torch.nn.Module:
    """Normalisation that has seen something, and an output that is not nearly nothing."""
    network.train()(torch.from_numpy(np.stack([PICTURES[0]] * 3)))
    return network.eval()


def test_an_exported_network_gives_the_same_counts_at_any_size(tmp_path: Path) -> None:
    network = lively(build("compact", batch_norm=True))
    export_onnx(network, tmp_path / "c.onnx", "compact")
    assert agreement(network, tmp_path / "c.onnx", PICTURES) < 1e-3


@pytest.mark.parametrize(("name", "options"), [("unet", {"filters": 4}), ("mcnn", {}), ("vgg16-decoder", {})])
def test_a_network_with_finer_cells_is_deployed_with_people_per_eighth(
    name: str, options: dict[str, int], tmp_path: Path
) -> None:
    network = lively(build(name, **options))
    export_onnx(network, tmp_path / "fine.onnx", name, options)
    (density,) = onnxruntime.InferenceSession(str(tmp_path / "fine.onnx")).run(None, {"images": PICTURES[0][None]})
    assert density.shape == (1, 8, 12)
    assert agreement(network, tmp_path / "fine.onnx", PICTURES) < 1e-3
    assert load_exported(tmp_path / "fine.onnx").cell_px < 8


def test_a_thin_scene_is_held_to_hundredths_of_a_person_not_to_a_share_of_nearly_nobody(tmp_path: Path) -> None:
    torch.manual_seed(1)
    network = build("mcnn").eval()
    with torch.no_grad():
        network.join.bias.add_(-2.0)
        export_onnx(network, tmp_path / "m.onnx", "mcnn")
        network.join.bias.add_(-0.002)
        assert 0.5 < float(network(torch.from_numpy(PICTURES[0][None])).sum()) < 5.0
    assert agreement(network, tmp_path / "m.onnx", PICTURES) > COUNT_TOLERANCE
    assert agreement(network, tmp_path / "m.onnx", PICTURES, FEWEST_PEOPLE) < COUNT_TOLERANCE


def test_an_exported_network_reads_back_into_torch(tmp_path: Path) -> None:
    network = lively(build("compact", batch_norm=True))
    export_onnx(network, tmp_path / "c.onnx", "compact")
    again = load_exported(tmp_path / "c.onnx")
    assert not again.training
    assert agreement(again, tmp_path / "c.onnx", PICTURES) < 1e-5


def test_folding_takes_normalisation_out_and_changes_no_count() -> None:
    network = lively(build("compact", batch_norm=True))
    folded = fold(network)
    images = torch.from_numpy(PICTURES[0][None])
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in folded.modules())
    torch.testing.assert_close(folded(images), network(images), rtol=1e-3, atol=1e-5)


def test_compact_has_2_107_682_parameters_when_deployed() -> None:
    assert parameter_count(build("compact")) == parameter_count(fold(build("compact", batch_norm=True))) == 2_107_682


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    export_onnx(build("mcnn"), tmp_path / "c.onnx", "compact")
    with pytest.raises(EngineError, match="other shapes"):
        load_exported(tmp_path / "c.onnx")


def test_a_network_built_with_options_comes_back_with_them(tmp_path: Path) -> None:
    export_onnx(build("compact", width=32), tmp_path / "c.onnx", "compact", {"width": 32, "batch_norm": True})
    assert load_exported(tmp_path / "c.onnx").smooth_8[0].out_channels == 32


def test_a_missing_model_says_where_to_look(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="crushwatch models"):
        load_exported(tmp_path / "none.onnx")


def test_a_blend_lies_between_two_networks() -> None:
    one, other = build("mcnn"), build("mcnn")
    half = blended(one, other, 0.5)
    for a, b, between in zip(one.parameters(), other.parameters(), half.parameters(), strict=True):
        torch.testing.assert_close(between, (a + b) / 2)
    torch.testing.assert_close(blended(one, other, 1.0).join.weight, one.join.weight)


def test_networks_of_different_shapes_are_not_blended() -> None:
    with pytest.raises(EngineError, match="same shape"):
        blended(build("mcnn"), build("unet"), 0.5)


def test_a_picture_is_verified_on_by_its_middle(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((20, 20, 3), np.uint8))
    with pytest.raises(DatasetError, match="too small to verify on"):
        verification_pictures(tmp_path)
    picture = np.zeros((1100, 100, 3), np.uint8)
    picture[38:-38, 2:-2] = 255
    cv2.imwrite(str(tmp_path / "b.png"), picture)
    (shown,) = verification_pictures(tmp_path)
    assert shown.shape == (1024, 96, 3)
    assert shown.min() == 255


def test_what_is_no_file_is_not_replaced_by_a_model(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    config = TrainingConfig(network="unet", options={"filters": 4})
    with pytest.raises(EngineError, match="pipe: is no file"):
        write_verified(build_density("unet", filters=4), Origin(config, 0, 0.0, "x"), tmp_path / "pipe", PICTURES)
    assert (tmp_path / "pipe").is_fifo()
