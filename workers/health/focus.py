"""How sharp a picture is, whatever it shows and however dim it is."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]

COARSE_PX = 4
STRONGEST = 90
"""Percentile of the coarse steps from which a place counts as an edge."""
LEAST_STEP_LEVELS = 4.0
LEAST_EDGES = 20


def sharpness(grey: Grey) -> float | None:
    """The steepest step between neighbouring pixels at an edge over the step between neighbouring 4 x 4 blocks there.

    Median over the strongest tenth of the coarse steps; a ratio, so neither light nor contrast changes it. A step that
    is sharp gives about 1, one that a blur of 1.5 pixels has spread 0.5, of 3 pixels 0.35. Grain in the dark raises it:
    a blurred picture may then pass for a sharp one, never the other way. None where there are no edges to judge by.
    """
    height, width = (side // COARSE_PX * COARSE_PX for side in grey.shape)
    if min(height, width) < 2 * COARSE_PX:
        return None
    grey = grey[:height, :width]
    fine = _largest_in_blocks(_steps(grey))
    coarse = cv2.resize(grey, (width // COARSE_PX, height // COARSE_PX), interpolation=cv2.INTER_AREA)
    coarse_steps = _steps(np.asarray(coarse, dtype=np.uint8))[:-1, :-1].astype(np.float32)
    edges = coarse_steps >= max(float(np.percentile(coarse_steps, STRONGEST)), LEAST_STEP_LEVELS)
    if int(edges.sum()) < LEAST_EDGES:
        return None
    return float(np.median(fine[edges] / coarse_steps[edges]))


def _steps(grey: Grey) -> Grey:
    """(H, W): the larger of the steps to the right and down; 0 at the last column and row."""
    steps = np.zeros_like(grey)
    across = cv2.absdiff(grey[:-1, 1:], grey[:-1, :-1])
    down = cv2.absdiff(grey[1:, :-1], grey[:-1, :-1])
    steps[:-1, :-1] = cv2.max(across, down)
    return steps


def _largest_in_blocks(steps: Grey) -> npt.NDArray[np.float32]:
    """For each coarse step the largest fine one in its block, the next one to the right and the next one down."""
    rows, columns = steps.shape[0] // COARSE_PX, steps.shape[1] // COARSE_PX
    blocks = steps.reshape(rows, COARSE_PX, columns, COARSE_PX).max(axis=(1, 3)).astype(np.float32)
    largest: npt.NDArray[np.float32] = np.maximum(np.maximum(blocks[:-1, :-1], blocks[:-1, 1:]), blocks[1:, :-1])
    return largest
