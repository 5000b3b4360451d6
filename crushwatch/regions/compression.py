"""Compression: where more people come in than leave."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def divergence(velocity_m_s: npt.NDArray[np.floating], cell_m: float) -> npt.NDArray[np.float64]:
    """Divergence of the crowd's velocity, dVx/dx + dVy/dy, by central differences.

    velocity_m_s: (H, W, 2) on a ground grid, first axis y, second x; NaN where nobody is
    Returns (H, W), 1/s: below 0 the crowd is pressed together, at -0.1 its density rises by a tenth a second (mass is
    conserved: d rho / dt = -rho div V where nobody enters or leaves). NaN at the border and next to unknown places.
    """
    field = np.full(velocity_m_s.shape[:2], np.nan)
    along_x = (velocity_m_s[1:-1, 2:, 0] - velocity_m_s[1:-1, :-2, 0]) / (2 * cell_m)
    along_y = (velocity_m_s[2:, 1:-1, 1] - velocity_m_s[:-2, 1:-1, 1]) / (2 * cell_m)
    field[1:-1, 1:-1] = along_x + along_y
    return field
