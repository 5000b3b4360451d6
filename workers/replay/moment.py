"""What there is to measure at one moment of a recording, whether it was filmed or is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from crushwatch.ground import Lattice
from crushwatch.regions.motion import Displacement
from workers.capture.source import Truth


@dataclass(frozen=True)
class Moment:
    """people: (rows, columns) of `lattice`, people a cell. time_s: seconds from the recording's beginning."""

    time_s: float
    people: npt.NDArray[np.float32]
    lattice: Lattice
    displacement: Displacement | None = None
    truth: Truth | None = None


Moments = Callable[[Path], Iterator[Moment]]
