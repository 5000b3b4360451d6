"""Before a GPU's time is spent it is said what is missing; what is kept of a checkpoint counts as the whole did."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
import yaml

from bench.gpu.ready import main
from bench.gpu.slim import slim
from bench.gpu.tiny_pictures import write
from crushwatch.density.checkpoint import averaged_network, origin_of
from crushwatch.density.recipe import SourceConfig, TrainingConfig
from crushwatch.density.training import train


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    write(tmp_path / "pictures")
    return tmp_path / "pictures"


def config_file(path: Path, root: Path, device: str = "cpu") -> Path:
    source = {"reader": "heads-json", "root": str(root)}
    config = {"device": device, "sources": [source | {"share": 1.0}], "validation": [source | {"name": "tiny"}]}
    path.write_text(yaml.safe_dump(config))
    return path


def test_where_all_is_there_it_says_how_many_pictures(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([config_file(tmp_path / "good.yaml", pictures)]) == 0
    said = capsys.readouterr().out
    assert "pictures to learn from" in said
    assert said.endswith("ready\n")


def test_every_configuration_that_lacks_something_is_named(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configs = [
        config_file(tmp_path / "no_data.yaml", tmp_path / "nowhere"),
        config_file(tmp_path / "no_device.yaml", pictures, device="cuda:99"),
        tmp_path / "no_file.yaml",
    ]
    assert main(configs) == 3
    said = capsys.readouterr().out
    for config in configs:
        assert f"{config}" in said
    assert "ready" not in said


def test_what_is_kept_of_a_checkpoint_is_small_counts_alike_and_starts_a_run(pictures: Path, tmp_path: Path) -> None:
    source = SourceConfig("heads-json", 1.0, str(pictures))
    config = TrainingConfig(
        network="csrnet",
        options={"slim": 4, "batch_norm": True},
        sources=(source,),
        steps=2,
        batch=2,
        crop_px=64,
        freeze=0,
        bfloat16=False,
        threads=1,
    )
    train(config, tmp_path / "run")
    whole, kept = tmp_path / "run" / "last.pt", tmp_path / "kept.pt"
    assert slim(whole, kept) < 0.15 * whole.stat().st_size
    images = torch.full((1, 64, 64, 3), 90, dtype=torch.uint8)
    with torch.inference_mode():
        found, true = (float(averaged_network(path)(images).sum()) for path in (kept, whole))
    assert found == pytest.approx(true, rel=1e-3)
    assert origin_of(kept) == origin_of(whole)
    again = train(dataclasses.replace(config, init=str(kept), steps=1), tmp_path / "again")
    assert again.step == 1
