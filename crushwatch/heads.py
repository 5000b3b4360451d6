"""From people a cell to head points.

A density map has no points; it has people. They are taken out one by one where most of them are: the 3x3 cells with
the highest mass give a point at their centre of mass and lose one person, until no neighbourhood holds enough. So the
points are about as many as the map's sum, two heads in one cell give two points, and no two points claim one person
(what non-maximum suppression is for).
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

DensityMap = npt.NDArray[np.float32]
"""(rows, columns), people a cell."""
PointsPx = npt.NDArray[np.float32]
"""(N, 2), x and y in pixels of the picture."""
AT_LEAST = 0.5
"""A neighbourhood of 3x3 cells with less than half a person gives no point."""
OFFSETS = np.array([-1.0, 0.0, 1.0])


def head_points(density: DensityMap, cell_px: int = 8, at_least: float = AT_LEAST) -> PointsPx:
    """The heads that a density map sees, (N, 2) in pixels of the picture, strongest first."""
    left = np.pad(density.astype(np.float64), 1)
    mass = neighbourhood_sums(left)
    points: list[tuple[float, float]] = []
    while True:
        row, column = np.unravel_index(int(mass.argmax()), mass.shape)
        around = left[row : row + 3, column : column + 3]
        total = float(around.sum())
        if total < at_least:
            return np.array(points, np.float32).reshape(-1, 2)
        down, across = (float((around.sum(axis=axis) * OFFSETS).sum() / total) for axis in (1, 0))
        points.append(((column + across + 0.5) * cell_px, (row + down + 0.5) * cell_px))
        around *= max(0.0, 1.0 - 1.0 / total)
        refresh(mass, left, int(row), int(column))


def neighbourhood_sums(padded: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Sums over 3x3 neighbourhoods of a map that is padded by one cell: two rows and columns fewer."""
    return np.asarray(cv2.boxFilter(padded, -1, (3, 3), normalize=False)[1:-1, 1:-1], np.float64)


def refresh(mass: npt.NDArray[np.float64], left: npt.NDArray[np.float64], row: int, column: int) -> None:
    """Bring the sums up to date around a neighbourhood that has changed."""
    rows = slice(max(0, row - 2), min(mass.shape[0], row + 3))
    columns = slice(max(0, column - 2), min(mass.shape[1], column + 3))
    part = left[rows.start : rows.stop + 2, columns.start : columns.stop + 2]
    mass[rows, columns] = sum(
        part[r : r + rows.stop - rows.start, c : c + columns.stop - columns.start] for r in range(3) for c in range(3)
    )
