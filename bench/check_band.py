"""How often the truth lies in the interval: Mall, and rendered frames that played no part in the model or its table.

    CRUSHWATCH_DATA=../shared/data python -m bench.check_band compact --rendered runs/rendered_unseen

Windows as large as regions are and the fullest parts of them, those in which somebody is or is counted: frames 641 to
800 of Mall, every fourth (the network learnt from earlier ones, the table from none), the last five of PETS 2009
S2.L1, and rendered frames of a seed that neither the network nor the table has seen:

    python bench/render_training_frames.py runs/rendered_unseen --frames 40 --seed 77
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from bench.make_band import Pairs, data_folder, windows_of
from crushwatch.density import datasets
from crushwatch.models import find_model
from crushwatch.models.band import BandTable, band_beside
from crushwatch.regions.band import CELLS_PER_BLOCK, Estimate, interval
from crushwatch.regions.conformal import LEVEL_EDGES, Sample


def check(model: str, data: Path, rendered: Path | None, every: int = 4) -> dict[str, dict[str, Any]]:
    """Coverage and width by set. every: of Mall's frames one in so many."""
    found = find_model(model)
    table = band_beside(found.path, found.sha256)
    if table is None:
        raise SystemExit(f"{model}: no table of errors beside it; python -m bench.make_band {model}")
    sets = {
        "Mall 641 to 800": datasets.read("mall", data / "mall", "validation")[::every],
        "PETS 2009 S2.L1, last tenth": datasets.read("pets", data / "pets2009_s2l1", "validation"),
    }
    if rendered is not None:
        sets["rendered crowds, unseen"] = datasets.read("rendered", rendered, "all-train")
    return {name: _figures(table, windows_of(model, pictures)) for name, pictures in sets.items()}


def _figures(table: BandTable, pairs: Pairs) -> dict[str, Any]:
    return {
        "pictures": len(pairs),
        "regions": _coverage(table, [whole for whole, _part in pairs], peak=False),
        "peaks": _coverage(table, [part for _whole, part in pairs], peak=True),
    }


def _coverage(table: BandTable, pictures: list[Sample], *, peak: bool) -> dict[str, object]:
    """Each picture weighs the same; widths are medians over windows of ten people and more, as shares of the count."""
    shares, widths = [], []
    by_level: dict[float, list[bool]] = {}
    for windows in pictures:
        inside: list[bool] = []
        crowding: list[float] = []
        for counted, true, cells in zip(windows.counted, windows.true, windows.cells, strict=True):
            if max(counted, true) < 1:
                continue
            low, high = interval(Estimate(counted, cells), table, peak=peak)
            inside.append(bool(low <= true <= high))
            crowding.append(counted / cells * CELLS_PER_BLOCK)
            if counted >= 10:
                widths.append((1 - low / counted, high / counted - 1))
        if inside:
            shares.append(np.mean(inside))
        for level, is_inside in zip(np.searchsorted(LEVEL_EDGES, crowding, side="right") - 1, inside, strict=True):
            by_level.setdefault(LEVEL_EDGES[level], []).append(is_inside)
    below, above = np.median(widths, axis=0) if widths else (0.0, 0.0)
    return {
        "coverage": round(float(np.mean(shares)), 3),
        "below": round(float(below), 2),
        "above": round(float(above), 2),
        "by_people_per_block": {
            str(level): [round(float(np.mean(by_level[level])), 2), len(by_level[level])] for level in sorted(by_level)
        },
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--rendered", type=Path)
    options = parser.parse_args()
    print(json.dumps(check(options.model, data_folder(), options.rendered), indent=1))
