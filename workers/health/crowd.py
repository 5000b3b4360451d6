"""How much of a picture is full of people."""

from __future__ import annotations

import cv2
import numpy as np

from workers.infer.engine import Density

WINDOW_CELLS = 9
PEOPLE = 2.0
"""Two in a window of 72 x 72 pixels of the network's input: near people fill it, with far ones it errs upwards."""


def crowd_share(density: Density) -> float:
    """density: (rows, columns) people a cell of 8 x 8 pixels. The share of its windows that hold two or more."""
    size = (WINDOW_CELLS, WINDOW_CELLS)
    people = cv2.boxFilter(density, -1, size, normalize=False, borderType=cv2.BORDER_CONSTANT)
    return float(np.mean(people >= PEOPLE))
