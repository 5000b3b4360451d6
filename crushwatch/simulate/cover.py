"""What people hide of those behind them: nobody's legs are drawn for nothing in a crowd."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from crushwatch.simulate.pinhole import Points
from crushwatch.simulate.surface import Bytes

_CELL_PX = 4
_CELL = np.ones((_CELL_PX, _CELL_PX), np.uint8)


class Cover:
    """The part of a picture, (H, W), that is hidden by what is painted there last, in cells of 4 by 4 pixels."""

    def __init__(self, height: int, width: int) -> None:
        self._open = np.full((-(-height // _CELL_PX), -(-width // _CELL_PX)), 255, dtype=np.uint8)

    def cells(self, boxes_px: Points) -> npt.NDArray[np.int64]:
        """(N, 4): left, top, right and bottom of boxes in the picture, as a range of cells; empty for those outside."""
        rows, columns = self._open.shape
        low, high = np.floor(boxes_px[:, :2] / _CELL_PX), np.floor(boxes_px[:, 2:] / _CELL_PX) + 1
        inside = np.clip(np.column_stack([low, high]), 0, (columns, rows, columns, rows))
        return np.asarray(inside, dtype=np.int64)

    def seen_down_to(self, left: int, top: int, right: int, bottom: int) -> int | None:
        """The lower end, in pixels, of what can be seen within some cells; None if nothing can."""
        until_last = len(self._open[top:bottom, left:right].tobytes().rstrip(b"\0"))
        return (top - (-until_last // (right - left))) * _CELL_PX if until_last else None

    def add(self, gaps: Bytes, left: int, top: int) -> None:
        """Hide what lies behind a sprite with these `gaps_of` whose corner is at that pixel."""
        first_row, first_column = -(-top // _CELL_PX), -(-left // _CELL_PX)
        first_row, first_column = max(first_row, 0), max(first_column, 0)
        gaps = gaps[first_row * _CELL_PX - top :: _CELL_PX, first_column * _CELL_PX - left :: _CELL_PX]
        behind = self._open[first_row : first_row + gaps.shape[0], first_column : first_column + gaps.shape[1]]
        np.minimum(behind, gaps[: behind.shape[0], : behind.shape[1]], out=behind)


def gaps_of(remainder: Bytes) -> Bytes:
    """(H, W) uint8 from 255 - alpha: 0 where a cell hides all behind it whose upper left corner lies there."""
    edge = cv2.BORDER_CONSTANT
    return np.asarray(
        cv2.dilate(remainder, _CELL, anchor=(0, 0), borderType=edge, borderValue=(255.0,)), dtype=np.uint8
    )
