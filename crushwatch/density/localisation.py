"""How many of the head points that a density map gives are right, and the density of large pictures by slices."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from crushwatch.density.datasets.annotated import PointsPx, RgbImage

DensityMap = npt.NDArray[np.float32]
"""(rows, columns), people a cell."""
TOO_FAR = 1e7
"""Stands for a distance beyond the radius: more than all others together."""


def in_slices(
    count: Callable[[RgbImage], DensityMap],
    picture: RgbImage,
    slice_px: int = 512,
    overlap: float = 0.25,
    cell_px: int = 8,
) -> DensityMap:
    """The density of a large picture, from overlapping squares of slice_px (a multiple of 32).

    Each square answers for its half of every overlap, cell by cell, so that nobody in an overlap counts twice.
    """
    height, width = picture.shape[:2]
    whole = np.zeros((-(-height // cell_px), -(-width // cell_px)), np.float32)
    for top, (first_row, last_row) in spans(height, slice_px, overlap, cell_px):
        for left, (first_column, last_column) in spans(width, slice_px, overlap, cell_px):
            part = count(np.ascontiguousarray(picture[top : top + slice_px, left : left + slice_px]))
            rows = slice(first_row - top // cell_px, last_row - top // cell_px)
            columns = slice(first_column - left // cell_px, last_column - left // cell_px)
            whole[first_row:last_row, first_column:last_column] = part[rows, columns]
    return whole


def spans(length_px: int, slice_px: int, overlap: float, cell_px: int = 8) -> list[tuple[int, tuple[int, int]]]:
    """Where squares begin along a side, in pixels, and from which cell to which (excluded) each answers for.

    >>> spans(896, 512, 0.25)
    [(0, (0, 56)), (384, (56, 112))]
    >>> spans(1200, 512, 0.25)
    [(0, (0, 56)), (384, (56, 104)), (768, (104, 150))]
    """
    step_px = max(32, round(slice_px * (1.0 - overlap)) // 32 * 32)
    starts = [0]
    while starts[-1] + slice_px < length_px:
        starts.append(starts[-1] + step_px)
    borders = [(earlier + slice_px + later) // 2 // cell_px for earlier, later in itertools.pairwise(starts)]
    cells = [0, *borders, -(-length_px // cell_px)]
    return list(zip(starts, itertools.pairwise(cells), strict=True))


@dataclass(frozen=True)
class Localised:
    """Found and true heads of one picture or of many, matched one to one within a radius."""

    matched: int
    found: int
    true: int

    def __add__(self, other: Localised) -> Localised:
        return Localised(self.matched + other.matched, self.found + other.found, self.true + other.true)

    @property
    def precision(self) -> float:
        """Share of the found heads that are there; 1 where none was found."""
        return self.matched / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the true heads that were found; 1 where there is none."""
        return self.matched / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2.0 * self.precision * self.recall / both if both else 0.0


def match(found_px: PointsPx, true_px: PointsPx, radius_px: float) -> Localised:
    """As many one-to-one pairs as there can be within radius_px, the nearest ones among equals."""
    return Localised(len(pairs(found_px, true_px, radius_px)), len(found_px), len(true_px))


def pairs(found_px: PointsPx, true_px: PointsPx, radius_px: float) -> list[tuple[int, int]]:
    """Indices (found, true) of the matched heads."""
    if len(found_px) == 0 or len(true_px) == 0:
        return []
    distance = cdist(found_px, true_px)  # a gigabyte where there are 12,000 of each: changed in place
    distance[distance > radius_px] = TOO_FAR
    rows, columns = linear_sum_assignment(distance)
    near = distance[rows, columns] < TOO_FAR
    return list(zip(rows[near].tolist(), columns[near].tolist(), strict=True))


def all_matched(results: Sequence[Localised]) -> Localised:
    """The sums over pictures, from which precision and recall of a whole set follow."""
    return sum(results, start=Localised(0, 0, 0))
