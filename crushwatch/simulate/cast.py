"""Who is there, and who of them stands where at one moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crushwatch.simulate.pinhole import Points
from crushwatch.simulate.wardrobe import Outfit


@dataclass(frozen=True)
class Actor:
    """One person of the cast: a build (by its place among the figures), clothes, and a height.

    Few builds in many outfits: a build is costly, an outfit is not.
    """

    build: int
    outfit: Outfit
    height_m: float


@dataclass(frozen=True)
class Placed:
    """Who stands where at one moment.

    actor: (N,) index into the cast           feet_m: (N, 2) on the ground
    heading_rad: (N,) in the world, from x    stride_rad: (N,) phase of the walk, NaN for those who stand
    crowding: (N,) 0 to 1, how closely others stand
    """

    actor: npt.NDArray[np.int64]
    feet_m: Points
    heading_rad: Points
    stride_rad: Points
    crowding: Points
