"""How the cells of a density map lie over the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Lattice:
    """`rows` x `columns` cells; cell (0, 0) has its outer corner at `origin_px`, each is `pitch_px` wide and high.

    All in pixels of the picture in which points and regions were drawn. Cells may reach beyond the picture
    (the letterbox's border).
    """

    rows: int
    columns: int
    origin_px: tuple[float, float]
    pitch_px: tuple[float, float]

    def samples(self, per_side: int) -> npt.NDArray[np.float64]:
        """(rows * columns * per_side^2, 2) points in pixels, evenly inside each cell, cell by cell in row order."""
        offsets = (np.arange(per_side) + 0.5) / per_side
        xs = self.origin_px[0] + self.pitch_px[0] * (np.arange(self.columns)[:, None] + offsets).reshape(-1)
        ys = self.origin_px[1] + self.pitch_px[1] * (np.arange(self.rows)[:, None] + offsets).reshape(-1)
        grid = np.empty((self.rows, per_side, self.columns, per_side, 2))
        grid[..., 0] = xs.reshape(self.columns, per_side)
        grid[..., 1] = ys.reshape(self.rows, per_side)[:, :, None, None]
        return grid.transpose(0, 2, 1, 3, 4).reshape(-1, 2)
