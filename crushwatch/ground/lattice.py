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

    def samples(self, per_side: int, cells: npt.NDArray[np.int64] | None = None) -> npt.NDArray[np.float64]:
        """(cells * per_side^2, 2) points in pixels, evenly inside each cell, cell by cell in row order.

        `cells`: the numbers of the cells, counted along the rows; all of them if left out.
        """
        numbers = np.arange(self.rows * self.columns) if cells is None else cells
        rows, columns = np.divmod(numbers[:, None, None], self.columns)
        offsets = (np.arange(per_side) + 0.5) / per_side
        points = np.empty((len(numbers), per_side, per_side, 2))
        points[..., 0] = self.origin_px[0] + self.pitch_px[0] * (columns + offsets)
        points[..., 1] = self.origin_px[1] + self.pitch_px[1] * (rows + offsets[:, None])
        return points.reshape(-1, 2)

    def corners(self) -> npt.NDArray[np.float64]:
        """((rows + 1) * (columns + 1), 2) pixels: where the cells meet, and their outer edges, row by row."""
        xs = self.origin_px[0] + self.pitch_px[0] * np.arange(self.columns + 1)
        ys = self.origin_px[1] + self.pitch_px[1] * np.arange(self.rows + 1)
        grid_x, grid_y = np.meshgrid(xs, ys)
        return np.column_stack([grid_x.reshape(-1), grid_y.reshape(-1)])
