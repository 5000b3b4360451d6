"""Whether the band holds: drawn crowds before cameras that neither the network nor its table has ever seen.

A scenario is one camera, and right or wrong in it all along; nine in ten can only be seen over many cameras.
"""

from __future__ import annotations

import numpy as np

from crushwatch.models.band import BandTable
from crushwatch.regions.windows import SEED as WINDOW_SEED
from crushwatch.regions.windows import random_windows, share_held
from crushwatch.simulate.training import render_training_frame
from workers.capture.picture import ArrayPicture
from workers.counting.counter import count_people
from workers.infer.engine import Engine

SEED = 77
SIZES_PX = ((640, 480), (960, 540), (1024, 768))


def unseen_coverage(engine: Engine, table: BandTable | None, cameras: int) -> float | None:
    """The share of truths inside their intervals: windows as large as regions are and their fullest parts.

    Each camera gives one picture and weighs the same. None without a table.
    """
    if table is None:
        return None
    held = [share for number in range(cameras) for share in _shares_held(engine, table, number)]
    return float(np.mean(held)) if held else None


def _shares_held(engine: Engine, table: BandTable, number: int) -> list[float]:
    rng = np.random.default_rng([SEED, number])
    image, heads_px = render_training_frame(rng, SIZES_PX[number % len(SIZES_PX)])
    density = count_people(ArrayPicture(image), engine).density
    wholes, parts = random_windows(density, heads_px, np.random.default_rng([WINDOW_SEED, number]))
    shares = (share_held(wholes, table), share_held(parts, table, peak=True))
    return [share for share in shares if share is not None]
