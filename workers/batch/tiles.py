"""Pictures that are too large for one piece: overlapping tiles whose densities fit together again.

People add up, so every cell of the whole is taken from one tile, the one in which it lies farthest from a cut edge. A
tile sees `MARGIN_PX` of picture beyond the cells that are taken from it, so that these are what they would be in one
piece; the outer edges of the picture need none.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from workers.capture.source import RgbImage
from workers.infer.engine import CELL_PX, STRIDE_PX, Density, Engine

LARGEST_PX = (2048, 1536)
"""Larger pictures go through the network in tiles: memory grows with the picture, 0.7 GB at this size."""
MARGIN_PX = 192
"""So far does the network look beyond a cell in effect: with it, counts of tiles and whole differ by under 0.01 %."""


@dataclass(frozen=True)
class Span:
    """One tile along one axis: it begins at `start_px`; of its cells, `first` to `last` (exclusive) are taken.

    Cells are counted from the beginning of the whole.
    """

    start_px: int
    first: int
    last: int


@dataclass(frozen=True)
class Tiling:
    """Tiles of one size over a picture whose sides are multiples of 32."""

    tile_width_px: int
    tile_height_px: int
    columns: tuple[Span, ...]
    rows: tuple[Span, ...]

    @staticmethod
    def cover(size_px: tuple[int, int], largest_tile_px: tuple[int, int], margin_px: int = MARGIN_PX) -> Tiling:
        """As few tiles as cover the picture, none wider or higher than allowed; sizes are width, height.

        All are multiples of 32, the margin too; a tile has to be larger than two margins where there are several.

        >>> Tiling.cover((1024, 576), (2048, 2048)).count
        1
        >>> [(span.start_px, span.first, span.last) for span in Tiling.cover((3840, 2176), (2048, 2176)).columns]
        [(0, 0, 168), (1152, 168, 312), (2304, 312, 480)]
        """
        width, columns = _cut_axis(size_px[0], largest_tile_px[0], margin_px)
        height, rows = _cut_axis(size_px[1], largest_tile_px[1], margin_px)
        return Tiling(width, height, columns, rows)

    @property
    def count(self) -> int:
        """How many tiles."""
        return len(self.rows) * len(self.columns)

    def cut(self, image: RgbImage) -> Iterator[RgbImage]:
        """The tiles of the picture, (tile height, tile width, 3) each, row by row."""
        for row, column in self._spans():
            below, right = row.start_px + self.tile_height_px, column.start_px + self.tile_width_px
            yield image[row.start_px : below, column.start_px : right]

    def merge(self, densities: Iterator[Density]) -> Density:
        """The density of the whole from those of the tiles, in the order of `cut`."""
        whole = np.zeros((self.rows[-1].last, self.columns[-1].last), dtype=np.float32)
        for (row, column), density in zip(self._spans(), densities, strict=True):
            whole[row.first : row.last, column.first : column.last] = density[_inside(row), _inside(column)]
        return whole

    def _spans(self) -> Iterator[tuple[Span, Span]]:
        return ((row, column) for row in self.rows for column in self.columns)


def infer_in_tiles(engine: Engine, images: npt.NDArray[np.uint8]) -> Density:
    """As `Engine.infer`; pictures larger than LARGEST_PX one tile after the other, so that memory stays bounded."""
    tiling = tiling_of((images.shape[2], images.shape[1]))
    if tiling.count == 1:
        return engine.infer(images)
    return np.stack([tiling.merge(engine.infer(tile[None])[0] for tile in tiling.cut(image)) for image in images])


def tiling_of(shape_px: tuple[int, int]) -> Tiling:
    """How pictures of that width and height go through the network."""
    return Tiling.cover(shape_px, LARGEST_PX)


def _inside(span: Span) -> slice:
    """Which of the tile's own cells are taken."""
    before = span.start_px // CELL_PX
    return slice(span.first - before, span.last - before)


def _cut_axis(length_px: int, largest_px: int, margin_px: int) -> tuple[int, tuple[Span, ...]]:
    """The tiles' length, and where they lie."""
    if length_px <= largest_px:
        return length_px, (Span(0, 0, length_px // CELL_PX),)
    if largest_px <= 2 * margin_px:
        raise ValueError(f"tiles of {largest_px} pixels have no room between margins of {margin_px}")
    count = math.ceil((length_px - 2 * margin_px) / (largest_px - 2 * margin_px))
    tile_px = min(largest_px, _up(math.ceil((length_px - 2 * margin_px) / count) + 2 * margin_px))
    last_start = length_px - tile_px
    starts = [min(last_start, index * (tile_px - 2 * margin_px)) for index in range(count)]
    seams = [0, *((left + tile_px + right) // 2 // CELL_PX for left, right in pairwise(starts)), length_px // CELL_PX]
    return tile_px, tuple(Span(start, *cells) for start, cells in zip(starts, pairwise(seams), strict=True))


def _up(length_px: int) -> int:
    """To the next multiple of 32."""
    return -(-length_px // STRIDE_PX) * STRIDE_PX
