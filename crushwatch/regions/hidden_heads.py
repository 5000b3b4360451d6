"""How many heads of a crowd are hidden behind others, by how steeply a camera looks down at them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from crushwatch.ground import CameraGround
from crushwatch.ground.homography import Points

ANGLES_DEG = (10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 60.0)
DENSITIES_PER_M2 = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
HIDDEN = np.array(
    [
        [0.0, 0.07, 0.18, 0.26, 0.37, 0.45, 0.57],
        [0.0, 0.01, 0.07, 0.12, 0.19, 0.23, 0.33],
        [0.0, 0.00, 0.03, 0.04, 0.08, 0.15, 0.18],
        [0.0, 0.00, 0.01, 0.02, 0.05, 0.07, 0.09],
        [0.0, 0.00, 0.01, 0.01, 0.04, 0.03, 0.05],
        [0.0, 0.00, 0.00, 0.01, 0.00, 0.01, 0.02],
        [0.0, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00],
    ]
)
"""Shares of heads of which less than half is seen, an angle a row: simulated people (bench/hidden_heads.py)."""


def seen_at_deg(ground: CameraGround, points_m: Points) -> npt.NDArray[np.float64]:
    """How steeply the camera looks down at a head above each ground position (N, 2): 0 level, 90 from right above."""
    away_m = np.linalg.norm(points_m - np.array(ground.pose.position_m), axis=1)
    return np.asarray(np.degrees(np.arctan2(ground.pose.height_m - ground.head_height_m, away_m)), dtype=np.float64)


def hidden_share(angles_deg: npt.NDArray[np.float64], density_per_m2: float) -> npt.NDArray[np.float64]:
    """(N,) share of the heads that are more than half hidden, between the measured angles and densities.

    Flatter or denser than was measured is as the flattest and densest.

    >>> hidden_share(np.array([5.0, 15.0, 17.5]), 4.0)
    array([0.37 , 0.19 , 0.135])
    """
    by_angle = [np.interp(density_per_m2, DENSITIES_PER_M2, row) for row in HIDDEN]
    return np.asarray(np.interp(angles_deg, ANGLES_DEG, by_angle), dtype=np.float64)
