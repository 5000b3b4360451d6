"""Where people hide the scene: what is seen there is no sign of where the camera looks."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from workers.infer.engine import CELL_PX, Density

Mask = npt.NDArray[np.bool_]
"""(height, width)."""

NEAR_CELLS = 9
SOMEBODY = 0.5
"""Half a person in a window of 72 x 72 pixels of the network's input is somebody, or a part of a crowd."""
BODY_PX = 160
"""So far below his head, in pixels of the network's input, somebody hides the scene; of far people that is too much."""


def hidden_by_people(people: Density, size_px: tuple[int, int]) -> Mask:
    """people: (rows, columns) a cell of 8 x 8 pixels, over the whole picture. Of a picture of that width and height."""
    window = (NEAR_CELLS, NEAR_CELLS)
    heads = cv2.boxFilter(people, -1, window, normalize=False, borderType=cv2.BORDER_CONSTANT) >= SOMEBODY
    below = np.ones((BODY_PX // CELL_PX + 1, 1), np.uint8)
    bodies = cv2.dilate(heads.astype(np.uint8), below, anchor=(0, len(below) - 1))
    return np.asarray(cv2.resize(bodies, size_px, interpolation=cv2.INTER_NEAREST), dtype=np.bool_)
