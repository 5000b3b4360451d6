"""Where people hide the scene: what is seen there is no sign of where the camera looks."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from workers.infer.engine import Density

Mask = npt.NDArray[np.bool_]
"""(height, width)."""

NEAR_SHARE = 0.07
SOMEBODY = 0.5
"""Half a person in a window 7 % of the picture wide is somebody, or a part of a crowd."""
BODY_SHARE = 0.28
"""So far below his head, in picture heights, somebody hides the scene; of far people that is too much."""


def hidden_by_people(people: Density, size_px: tuple[int, int]) -> Mask:
    """people: (rows, columns) a cell, over the whole picture. Of a picture of that width and height."""
    rows, columns = people.shape
    near = 2 * round(NEAR_SHARE * columns / 2) + 1
    heads = cv2.boxFilter(people, -1, (near, near), normalize=False, borderType=cv2.BORDER_CONSTANT) >= SOMEBODY
    below = np.ones((round(BODY_SHARE * rows) + 1, 1), np.uint8)
    bodies = cv2.dilate(heads.astype(np.uint8), below, anchor=(0, len(below) - 1))
    return np.asarray(cv2.resize(bodies, size_px, interpolation=cv2.INTER_NEAREST), dtype=np.bool_)
