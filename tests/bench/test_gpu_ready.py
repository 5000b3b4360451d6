"""Before a GPU's time is spent it is said what is missing; what is kept of a checkpoint counts as the whole did."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
import torch
import yaml

from bench.gpu.ready import PACKAGES, WISHED, main
from bench.gpu.slim import slim
from bench.gpu.tiny_pictures import write
from crushwatch.density.checkpoint import averaged_network, origin_of
from crushwatch.density.recipe import SourceConfig, TrainingConfig
from crushwatch.density.training import train

ROOT = Path(__file__).parents[2]


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


BARE_MACHINE = """
import sys
from importlib import import_module

lacking = set(sys.argv[1].split())

class Lacking:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in lacking:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Lacking())
for name in ("bench.gpu.__main__", "bench.gpu.slim", "bench.gpu.parts", "crushwatch.density.__main__",
             "crushwatch.density.training", "crushwatch.density.export"):
    import_module(name)
import pytest
sys.exit(pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", "-p", "pytest_timeout", "tests/gpu"]))
"""


def test_a_machine_that_has_no_more_than_is_looked_for_begins_with_everything() -> None:
    owners = packages_distributions()
    there = with_what_they_need(owner for name in (*PACKAGES, *WISHED) for owner in owners[name])
    lacking = [name for name, of in owners.items() if not {normal(owner) for owner in of} & (there | {"crushwatch"})]
    answer = subprocess.run(
        [sys.executable, "-c", BARE_MACHINE, " ".join(lacking)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        cwd=ROOT,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    assert "playwright" in lacking
    assert answer.returncode == 0, answer.stdout[-2000:] + answer.stderr[-2000:]


def with_what_they_need(names: Iterable[str]) -> set[str]:
    """Distributions and all that is installed along with them."""
    found: set[str] = set()
    waiting = [normal(name) for name in names]
    while waiting:
        if (name := waiting.pop()) in found:
            continue
        found.add(name)
        with suppress(PackageNotFoundError):
            needed = [line for line in requires(name) or () if "extra ==" not in line]
            waiting += [normal(re.split(r"[^\w.-]", line, maxsplit=1)[0]) for line in needed]
    return found


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
