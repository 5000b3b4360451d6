"""Everything a shipped model must show, in one run: counts, nobody, rendered people, scale.

    CRUSHWATCH_DATA=../shared/data python bench/check_model.py compact --rendered runs/rendered_validation
    python bench/check_model.py runs/stage2/best.pt --json

Validation splits only: ShanghaiTech training images whose number ends in 3, the last tenth of each Beijing-BRT day,
Mall 641 to 800.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch

from crushwatch.density import datasets, evaluation
from crushwatch.density.commands import open_model
from crushwatch.density.datasets import nobody
from crushwatch.density.datasets.annotated import AnnotatedImage

SETS = {
    "ShanghaiTech A": ("shanghaitech-a", "shanghaitech", 1),
    "ShanghaiTech B": ("shanghaitech-b", "shanghaitech", 1),
    "Beijing-BRT, last tenth of each day": ("beijing-brt", "beijing_brt", 1),
    "Mall 641 to 800": ("mall", "mall", 4),
    "PETS 2009 S2.L1, last tenth": ("pets", "pets2009_s2l1", 1),
    "pictures of nobody, last tenth": ("negatives", "negatives", 1),
}


def figures(count: evaluation.Count, data: Path, rendered: Path | None) -> list[dict[str, object]]:
    """One row a data set, as a model card has it."""
    sets = {name: datasets.read(reader, data / folder, "validation")[::n] for name, (reader, folder, n) in SETS.items()}
    if rendered is not None:
        sets["rendered crowds"] = datasets.read("rendered", rendered, "all-train")
    return [row(name, count, pictures) for name, pictures in sets.items()]


def row(name: str, count: evaluation.Count, pictures: Sequence[AnnotatedImage]) -> dict[str, object]:
    found = evaluation.scores(evaluation.evaluate(count, pictures))
    note = f"mean {found.mean_true:.1f}" + ("" if found.nae is None else f", NAE {found.nae:.3f}")
    errors = {"mae": round(found.mae, 2), "rmse": round(found.rmse, 2), "bias": round(found.bias, 2)}
    return {"data": name, "pictures": found.n} | errors | {"note": note}


def nobodies(count: evaluation.Count) -> dict[str, float]:
    """The largest count on drawn frames with nobody in them, by kind."""
    worst = {
        f.__name__: max(total(count, f(np.random.default_rng(seed), 512)) for seed in range(6)) for f in nobody.DRAWN
    }
    shades = {
        name: np.full((512, 512, 3), level, np.uint8) for name, level in (("black", 0), ("grey", 128), ("white", 255))
    }
    return {name: round(value, 2) for name, value in (worst | {n: total(count, s) for n, s in shades.items()}).items()}


def scales(count: evaluation.Count, pictures: Sequence[AnnotatedImage]) -> dict[str, float]:
    """Summed counts at half and at double size, as shares of the sum at native size."""
    sums = dict.fromkeys((0.5, 1.0, 2.0), 0.0)
    for image in pictures:
        pixels = image.rgb()
        for factor in sums:
            way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
            sums[factor] += total(count, np.asarray(cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=way)))
    return {str(factor): round(value / sums[1.0], 3) for factor, value in sums.items()}


def total(count: evaluation.Count, picture: np.ndarray) -> float:
    return float(count(picture.astype(np.uint8, copy=False)).sum())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--rendered", type=Path)
    parser.add_argument("--bfloat16", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    data = Path(os.environ.get("CRUSHWATCH_DATA", Path(__file__).parents[1] / "../shared/data"))
    count = evaluation.counting(open_model(options.model), options.bfloat16)
    scene = datasets.read("shanghaitech-b", data / "shanghaitech", "validation")[::8]
    print(json.dumps({"figures": figures(count, data, options.rendered)}, indent=1))
    print(json.dumps({"nobody": nobodies(count), "scales_b": scales(count, scene)}, indent=1))
