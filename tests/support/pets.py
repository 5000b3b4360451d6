"""PETS 2009 S2.L1: real people under a camera that is calibrated, and where their feet truly stand."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

SIZE_PX = (480, 360)
SCALE = 0.625
"""The calibration is of 768 x 576 pixels."""
HEAD_HEIGHT_M = 1.6


@dataclass(frozen=True)
class Pets:
    """frames: heads in the picture, (N, 2) pixels, and feet on the ground, (N, 2) metres, by name."""

    folder: Path
    outline_m: np.ndarray
    area_m2: float
    frames: dict[str, tuple[np.ndarray, np.ndarray]]
    people_inside: dict[str, int]
    camera: dict[str, object]

    def site_file(self, path: Path) -> Path:
        """A site file of this camera."""
        path.write_text(yaml.safe_dump({"id": "pets", "cameras": {"view-1": self.camera}}))
        return path


def pets(data_folder: Path) -> Pets:
    """The camera as a person would calibrate it: at the corners of the region, whose places in metres are known."""
    folder = data_folder / "pets2009_s2l1"
    if not folder.is_dir():
        pytest.skip(f"NOT RUN: no PETS 2009 at {folder}; CRUSHWATCH_DATA names the folder above it")
    region = json.loads((folder / "region.json").read_text())
    outline_px = np.array(region["outline_px"])
    outline_m = _tsai(folder).ground(outline_px / SCALE) / 1000
    heads = json.loads((folder / "heads.json").read_text())
    feet = json.loads((folder / "ground_m.json").read_text())
    points = [{"px": px.tolist(), "m": m.tolist()} for px, m in zip(outline_px, outline_m, strict=True)]
    return Pets(
        folder=folder,
        outline_m=outline_m,
        area_m2=region["area_m2"],
        frames={name: (_points(heads[name]), _points(feet[name])) for name in feet},
        people_inside=region["people_inside_feet"],
        camera={
            "source": "sim:empty",
            "picture_size_px": list(SIZE_PX),
            "engine_shape": [640, 480],
            "ground": {"points": points, "head_height_m": HEAD_HEIGHT_M},
            "regions": {"crossing": {"polygon_m": outline_m.tolist(), "kind": "moving"}},
        },
    )


def _points(values: object) -> np.ndarray:
    return np.asarray(values, dtype=np.float64).reshape(-1, 2)


def _tsai(folder: Path) -> Any:
    """The camera as its authors measured it, lens distortion and all: read by the program that lies beside it."""
    spec = importlib.util.spec_from_file_location("tsai_reader", folder / "tsai_reader.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Tsai(folder / "View_001.xml")
