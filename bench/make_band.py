"""Measure how far a model's counts are off, by level of crowding, and write the table beside it.

    CRUSHWATCH_DATA=../shared/data python -m bench.make_band compact --rendered runs/rendered_band
    python -m bench.make_band mine.onnx

From the validation splits: ShanghaiTech training images whose number ends in 3, the last tenth of each Beijing-BRT
day and of the pictures of nobody, and rendered frames of a seed of their own:

    python bench/render_training_frames.py runs/rendered_band --frames 90 --seed 10

Mall takes no part: coverage is measured on it
(`python -m bench.check_band`). Two minutes on two cores.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from crushwatch.density import datasets
from crushwatch.density.datasets.annotated import AnnotatedImage
from crushwatch.models import find_model
from crushwatch.models.band import BandTable, band_path
from crushwatch.regions.conformal import Sample, fit_levels
from crushwatch.regions.windows import SEED, random_windows
from workers.capture.picture import ArrayPicture
from workers.counting.counter import count_people
from workers.infer.choose import open_engine

SETS = {
    "ShanghaiTech A validation": ("shanghaitech-a", "shanghaitech"),
    "ShanghaiTech B validation": ("shanghaitech-b", "shanghaitech"),
    "Beijing-BRT, last tenth of each day": ("beijing-brt", "beijing_brt"),
    "pictures of nobody, last tenth": ("negatives", "negatives"),
}
RENDERED = "rendered crowds"
Pairs = list[tuple[Sample, Sample]]


def make_table(model: str, data: Path, rendered: Path | None) -> BandTable:
    """The table of a model file, from the folders of data."""
    sets = {name: datasets.read(reader, data / folder, "validation") for name, (reader, folder) in SETS.items()}
    if rendered is not None:
        sets[RENDERED] = datasets.read("rendered", rendered, "all-train")
    photographs = [pair for name, pictures in sets.items() if name != RENDERED for pair in windows_of(model, pictures)]
    kinds = [photographs, windows_of(model, sets[RENDERED])] if rendered is not None else [photographs]
    return BandTable(
        model_sha256=find_model(model).sha256,
        count=fit_levels([[whole for whole, _part in pairs] for pairs in kinds]),
        peak=fit_levels([[part for _whole, part in pairs] for pairs in kinds]),
        made_from=tuple(f"{name}, {len(pictures)} pictures" for name, pictures in sets.items()),
        made_by="bench/make_band.py",
    )


def windows_of(model: str, pictures: Sequence[AnnotatedImage]) -> Pairs:
    """Each picture's windows and their fullest parts; the same for the same pictures, whatever the model."""
    engine = open_engine("openvino", find_model(model), threads=0)
    try:
        return [
            random_windows(
                count_people(ArrayPicture(image.rgb(), "rgb"), engine).density,
                image.points_px,
                np.random.default_rng([SEED, number]),
            )
            for number, image in enumerate(pictures)
        ]
    finally:
        engine.close()


def data_folder() -> Path:
    """Where the data sets are."""
    return Path(os.environ.get("CRUSHWATCH_DATA", Path(__file__).parents[1] / "../shared/data"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--rendered", type=Path)
    options = parser.parse_args()
    table = make_table(options.model, data_folder(), options.rendered)
    path = band_path(find_model(options.model).path)
    path.write_text(table.model_dump_json(indent=1) + "\n")
    print(f"{path}: {len(table.count)} levels of counts, {len(table.peak)} of peaks")
