"""Images through an engine, wherever people are counted: in the worker, in a recording, on labelled frames."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from crushwatch.errors import EngineError
from workers.batch.tiles import infer_in_tiles
from workers.infer.engine import Density, Engine


def people_in(engine: Engine, images: npt.NDArray[np.uint8]) -> Density:
    """(N, rows, columns) people a cell of images (N, height, width, 3), large ones in tiles.

    No network is trusted blindly: less than nobody is nobody, and what is no number is a fault (raises EngineError).
    """
    densities = infer_in_tiles(engine, images)
    if not np.isfinite(densities).all():
        raise EngineError("the network gave figures that are no numbers; is the model file whole?")
    return np.maximum(densities, 0.0)
