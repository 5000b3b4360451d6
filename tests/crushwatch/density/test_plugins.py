"""Networks and data sets of other packages, as docs/models.md says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from crushwatch.density import datasets
from crushwatch.density.export import export_onnx, load_exported
from crushwatch.density.networks import build_density
from crushwatch.density.recipe import SourceConfig, TrainingConfig
from crushwatch.density.training import train
from crushwatch.errors import ModelError

PAGE = Path(__file__).parents[3] / "docs" / "models.md"
READER = "from crushwatch.density.datasets import read as plain\n\ndef read(root, split):\n"
READER += '    return plain("shanghaitech-a", root, split)[:2]\n'


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package of the page, installed, with an offer that cannot be loaded beside it."""
    site = tmp_path / "site"
    entries = site / "mine-1.0.dist-info"
    entries.mkdir(parents=True)
    code = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)[0]
    (site / "mine.py").write_text(code)
    (site / "mine_data.py").write_text(READER)
    (entries / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
    toml = re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)[0]
    names = re.findall(r'^mine = "([^"]+)"', toml, re.MULTILINE)
    groups = zip(re.findall(r'entry-points\."([^"]+)"', toml), names, strict=True)
    offers = "".join(f"[{group}]\nmine = {name}\nbroken = nowhere:Nothing\n\n" for group, name in groups)
    (entries / "entry_points.txt").write_text(offers)
    monkeypatch.syspath_prepend(str(site))
    return site


@pytest.mark.usefixtures("package")
def test_the_network_and_the_reader_of_another_package_train_export_and_count(
    shanghaitech: Path, tmp_path: Path
) -> None:
    recipe = TrainingConfig(
        network="mine",
        options={"width": 8},
        sources=(SourceConfig("mine", 1.0, str(shanghaitech)),),
        steps=2,
        batch=2,
        crop_px=64,
        threads=1,
        bfloat16=False,
    )
    network = train(recipe, tmp_path / "run").average
    assert network(torch.zeros(1, 64, 96, 3, dtype=torch.uint8)).shape == (1, 16, 24)
    export_onnx(network, tmp_path / "mine.onnx", "mine", {"width": 8})
    assert load_exported(tmp_path / "mine.onnx").cell_px == 4
    assert len(datasets.read("mine", shanghaitech, "train")) == 2


@pytest.mark.usefixtures("package")
def test_an_offer_that_cannot_be_loaded_is_named() -> None:
    with pytest.raises(ModelError, match=r"broken \(nowhere:Nothing, group crushwatch\.networks\) cannot be loaded"):
        build_density("broken")


@pytest.mark.usefixtures("package")
def test_a_name_that_nobody_has_lists_those_of_other_packages_too(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"mcnn, mine, "):
        build_density("nothing")
    with pytest.raises(datasets.DatasetError, match=r"mall, mine, "):
        datasets.read("nothing", tmp_path, "train")
