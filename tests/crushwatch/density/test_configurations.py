"""Every training configuration that is shipped says something that training understands."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from bench.networks.measure import recipe_of
from bench.networks.rows import ROWS, Row
from crushwatch.density.networks import build
from crushwatch.density.recipe import load_config

ROOT = Path(__file__).parents[3]
FILES = sorted([*(ROOT / "crushwatch" / "models").glob("*.yaml"), *(ROOT / "bench" / "gpu" / "tiny").glob("*.yaml")])


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_shipped_configuration_names_networks_and_shares_that_there_are(path: Path) -> None:
    config = load_config(path)
    with torch.device("meta"):
        build(config.network, **config.options)
    assert config.minutes
    assert all(0 < source.share <= 1 for source in config.sources)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_network_of_the_tables_has_its_recipe(row: Row) -> None:
    config = load_config(recipe_of(row.name))
    with torch.device("meta"):
        build(config.network, **config.options)
    assert row.network.startswith(config.network)
    assert config.minutes
    assert config.sources


@pytest.mark.parametrize("name", ["csrnet-front", "csrnet", "csrnet-plain", "compact-from-csrnet"])
def test_every_stage_on_a_gpu_has_its_rehearsal(name: str) -> None:
    full, tiny = (load_config(ROOT / folder / f"{name}.yaml") for folder in ("crushwatch/models", "bench/gpu/tiny"))
    assert (full.network, full.loss, full.device) == (tiny.network, tiny.loss, "cuda")
    assert (full.teacher is None) == (tiny.teacher is None)
    assert (full.options.keys() & {"batch_norm", "dropout"}) == (tiny.options.keys() & {"batch_norm", "dropout"})
    assert tiny.device == "cpu"
    assert tiny.device_crops
