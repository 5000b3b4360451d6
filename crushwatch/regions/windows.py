"""Random windows of a counted picture, as large as a region may be: what was counted in them, and what is true."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from crushwatch.models.band import BandTable
from crushwatch.regions.band import Estimate, interval
from crushwatch.regions.conformal import Sample

Density = npt.NDArray[np.float32]
Sums = npt.NDArray[np.float64]

SEED = 20221029
"""With the picture's number: the windows by which tables are made and checked."""
WINDOWS = 40
"""Windows a picture."""
SMALLEST_SHARE = 0.02
"""Of the picture's area; the largest window is the whole picture. Shares are drawn evenly in their logarithm."""
ELONGATED = 2.0
"""At most so many times as wide (or as high) as the picture is, for its area."""
PARTS = (0.02, 0.5)
"""What a part of a window is, of its area: 3 m x 3 m of a region of 18 to 450 m2."""
SMALLEST_CELLS = 2


def random_windows(
    density: Density, heads_px: npt.NDArray[np.floating], rng: np.random.Generator, cell_px: int = 8
) -> tuple[Sample, Sample]:
    """WINDOWS random rectangles, and for each the fullest part of it, counted and true, wherever either lies.

    density: (rows, columns) people a cell, over the picture alone. heads_px: (N, 2) true heads; one outside the picture
    is moved to its edge.
    """
    rows, columns = density.shape
    counted, true = _summed(density), _summed(_heads_per_cell(heads_px, rows, columns, cell_px))
    wholes, parts = [], []
    for _ in range(WINDOWS):
        height, width = _size(rng, rows, columns)
        top, left = rng.integers(0, rows - height + 1), rng.integers(0, columns - width + 1)
        here = np.s_[top : top + height + 1, left : left + width + 1]
        wholes.append(_fullest(counted[here], true[here], height, width))
        side = float(np.sqrt(np.exp(rng.uniform(*np.log(PARTS)))))
        part = max(SMALLEST_CELLS, round(height * side)), max(SMALLEST_CELLS, round(width * side))
        parts.append(_fullest(counted[here], true[here], *part))
    return _sample(wholes), _sample(parts)


def share_held(windows: Sample, table: BandTable, *, peak: bool = False) -> float | None:
    """The share of the windows whose truth lies in its interval; None where nobody is, nor is counted, in any.

    Windows without anybody say nothing: nobody is easily counted.
    """
    held = [
        low <= true <= high
        for counted, true, cells in zip(windows.counted, windows.true, windows.cells, strict=True)
        if max(counted, true) >= 1
        for low, high in [interval(Estimate(counted, cells), table, peak=peak)]
    ]
    return float(np.mean(held)) if held else None


def _size(rng: np.random.Generator, rows: int, columns: int) -> tuple[int, int]:
    share = np.exp(rng.uniform(np.log(SMALLEST_SHARE), 0))
    longer = np.exp(rng.uniform(-1, 1) * np.log(ELONGATED))
    height, width = rows * np.sqrt(share / longer), columns * np.sqrt(share * longer)
    return int(np.clip(round(height), SMALLEST_CELLS, rows)), int(np.clip(round(width), SMALLEST_CELLS, columns))


def _heads_per_cell(heads_px: npt.NDArray[np.floating], rows: int, columns: int, cell_px: int) -> Density:
    heads = np.zeros((rows, columns), np.float32)
    at = np.clip((heads_px / cell_px).astype(int), 0, [columns - 1, rows - 1])
    np.add.at(heads, (at[:, 1], at[:, 0]), 1)
    return heads


def _summed(cells: Density) -> Sums:
    """(rows + 1, columns + 1): the sum of all cells above and to the left."""
    return np.pad(cells.astype(np.float64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))


def _fullest(counted: Sums, true: Sums, height: int, width: int) -> tuple[float, float, int]:
    """The highest sums over all rectangles of that size: what was counted, what is true; and their cells."""
    return _highest(counted, height, width), _highest(true, height, width), height * width


def _highest(summed: Sums, height: int, width: int) -> float:
    sums = summed[height:, width:] - summed[:-height, width:] - summed[height:, :-width] + summed[:-height, :-width]
    return max(0.0, float(sums.max()))


def _sample(found: list[tuple[float, float, int]]) -> Sample:
    counted, true, cells = np.array(found, dtype=np.float64).T
    return Sample(counted, true, cells)
