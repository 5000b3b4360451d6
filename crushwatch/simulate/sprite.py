"""A person cut out of the world: pixels that are ready to be blended into a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from crushwatch.simulate.cover import gaps_of
from crushwatch.simulate.figure import nbytes_of
from crushwatch.simulate.light import Shade, coloured
from crushwatch.simulate.surface import Bytes
from crushwatch.simulate.wardrobe import Outfit

_FROM_PICTURE = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
_EXACT = 1024
"""With coordinates in such fractions of a pixel, nothing is rounded, wherever in the sprite it lies."""


@dataclass(frozen=True)
class Sprite:
    """A person ready to paint: colour times alpha, and 255 - alpha, (H, W, 3) uint8 each; head_px is inside.

    gaps: (H, W) uint8, what is hidden behind (`cover.py`)
    reach_m: how far below the head it goes, at the figure's scale
    """

    colour: Bytes
    remainder: Bytes
    gaps: Bytes
    head_px: tuple[int, int]
    reach_m: float

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        return nbytes_of(self.colour, self.remainder, self.gaps)

    def corner(self, head_px: Sequence[float]) -> tuple[int, int]:
        """x and y of its upper left pixel in a picture where its head is at that point."""
        return round(head_px[0]) - self.head_px[0], round(head_px[1]) - self.head_px[1]


def dressed(
    shade: Shade, outfit: Outfit, scale_px_per_m: float, length: float, lean_rad: float, reach_m: float
) -> Sprite:
    """A shaded figure in its clothes, at its size in the picture, leaning as it does away from the picture's middle.

    Its head falls on a whole pixel, so that what is seen of it is the same however far down it is drawn.
    """
    head_x, head_y = shade.head_px
    rows, columns = min(len(shade.lit), head_y + math.ceil(reach_m * shade.scale_px_per_m)), shade.lit.shape[1]
    across = scale_px_per_m / shade.scale_px_per_m
    along, cos, sin = across * length, math.cos(lean_rad), math.sin(lean_rad)
    corners = [(across * (u - head_x), along * (v - head_y)) for u in (0, columns) for v in (0, rows)]
    at_x, at_y = [cos * u - sin * v for u, v in corners], [sin * u + cos * v for u, v in corners]
    left, top = math.floor(min(at_x)), math.floor(min(at_y))
    size = math.ceil(max(at_x)) - left, math.ceil(max(at_y)) - top
    xx, xy = round(_EXACT * cos / across) / _EXACT, round(_EXACT * sin / across) / _EXACT
    yx, yy = round(-_EXACT * sin / along) / _EXACT, round(_EXACT * cos / along) / _EXACT
    matrix = np.array([[xx, xy, head_x + xx * left + xy * top], [yx, yy, head_y + yx * left + yy * top]])
    small = cv2.warpAffine(coloured(shade.lit[:rows], outfit), matrix, size, flags=_FROM_PICTURE)
    return ready_to_blend(np.asarray(small, dtype=np.uint8), (-left, -top), reach_m)


def ready_to_blend(premultiplied: Bytes, head_px: tuple[int, int], reach_m: float = math.inf) -> Sprite:
    """A sprite from (H, W, 4) RGBA whose colour is already multiplied by its alpha, without the empty edges."""
    alpha = cv2.extractChannel(premultiplied, 3)
    x, y, wide, high = cv2.boundingRect(alpha)
    cut = slice(y, y + max(high, 1)), slice(x, x + max(wide, 1))
    colour = np.asarray(cv2.cvtColor(premultiplied[cut], cv2.COLOR_RGBA2RGB), dtype=np.uint8)
    remainder = np.asarray(cv2.bitwise_not(alpha[cut]), dtype=np.uint8)
    whole = np.asarray(cv2.cvtColor(remainder, cv2.COLOR_GRAY2RGB), dtype=np.uint8)
    return Sprite(colour, whole, gaps_of(remainder), (head_px[0] - x, head_px[1] - y), reach_m)


def blend(picture: Bytes, sprite: Sprite, corner_px: tuple[int, int]) -> None:
    """Put a sprite over (H, W, 3) uint8, in place, its upper left pixel at that pixel; what lies outside is left."""
    height, width = picture.shape[:2]
    rows, columns = sprite.colour.shape[:2]
    left, top = corner_px
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + columns, width), min(top + rows, height)
    if x0 >= x1 or y0 >= y1:
        return
    cut = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    under = picture[y0:y1, x0:x1]
    cv2.multiply(under, sprite.remainder[cut], dst=under, scale=1 / 255)
    cv2.add(under, sprite.colour[cut], dst=under)
