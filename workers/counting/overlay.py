"""The picture with the crowd's heat over it, the count and the scale written below.

The scale is fixed, so that two pictures can be compared: people per 64 x 64 pixels of the picture, its colours evenly
spaced to the eye (inferno) over the cube root, as between one and a packed crowd there is a factor of sixty.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from workers.capture.source import RgbImage
from workers.infer.engine import CELL_PX, Density

BLOCK_PX = 64
FULL_SCALE = 64.0
"""People per block at the hot end; more looks the same."""
TICKS = (0, 1, 8, 27, 64)
SMOOTHING_CELLS = 1.5
"""Standard deviation of the blur: a head's width, about."""
STRONGEST = 0.8
"""Opacity at the hot end."""
FAINTEST = 0.1
"""Below this place on the scale, six people in a hundred blocks, the picture is untouched."""
WHITE, BLACK = (255, 255, 255), (16, 16, 16)
NARROWEST_PX = 480
"""Narrower pictures are enlarged, so that what is written can be read."""


def draw_overlay(image: RgbImage, density: Density, count: float, what: str) -> RgbImage:
    """(height + a bar, width, 3) RGB.

    image:   (height, width, 3) RGB
    density: (rows, columns) people, or what else is counted, per 8 x 8 pixels of it
    what:    that, in the plural
    """
    place = _position(density)
    height, width = image.shape[:2]
    covered = (place.shape[1] * CELL_PX, place.shape[0] * CELL_PX)
    everywhere = np.asarray(cv2.resize(place, covered, interpolation=cv2.INTER_LINEAR), dtype=np.float32)
    blended = _blend(image, everywhere[:height, :width])
    if width < NARROWEST_PX:
        enlarged_px = (NARROWEST_PX, round(height * NARROWEST_PX / width))
        blended = np.asarray(cv2.resize(blended, enlarged_px, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    return np.vstack([blended, _bar(blended.shape[1], count, what)])


def _position(density: Density) -> Density:
    """Where each cell stands on the scale, 0 to 1."""
    smooth = cv2.GaussianBlur(density, (0, 0), SMOOTHING_CELLS, borderType=cv2.BORDER_REFLECT)
    per_block = np.maximum(smooth, 0) * (BLOCK_PX / CELL_PX) ** 2
    return np.cbrt(np.clip(per_block / FULL_SCALE, 0, 1)).astype(np.float32)


def _colours(position: npt.NDArray[np.float32]) -> RgbImage:
    """The scale's colours, RGB; the dark end is left out, as it would be taken for shadow."""
    steps = (80 + 175 * position).astype(np.uint8)
    return np.asarray(cv2.cvtColor(cv2.applyColorMap(steps, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB), dtype=np.uint8)


def _blend(image: RgbImage, position: npt.NDArray[np.float32]) -> RgbImage:
    opacity = (STRONGEST * np.clip((position - FAINTEST) * 3, 0, 1))[..., None]
    blended: RgbImage = (image * (1 - opacity) + _colours(position) * opacity).round().astype(np.uint8)
    return blended


def _bar(width_px: int, count: float, what: str) -> RgbImage:
    """The count at the left, the scale at the right."""
    unit = max(0.52, width_px / 1280)
    height_px = round(56 * unit)
    bar = np.full((height_px, width_px, 3), BLACK, dtype=np.uint8)
    _write(bar, f"{count:.1f} {what}", (round(16 * unit), round(38 * unit)), 1.0 * unit)
    scale_px = round(340 * unit)
    left, right = width_px - scale_px - round(40 * unit), width_px - round(40 * unit)
    ramp = _colours(np.linspace(0, 1, right - left, dtype=np.float32)[None])
    bar[round(8 * unit) : round(24 * unit), left:right] = ramp
    for tick in TICKS:
        at = left + round((tick / FULL_SCALE) ** (1 / 3) * (right - left - 1))
        bar[round(24 * unit) : round(28 * unit), at] = WHITE
        _write(bar, str(tick), (at - round((4 + 5 * (tick > 9)) * unit), round(46 * unit)), 0.5 * unit)
    note = f"{what} per {BLOCK_PX} x {BLOCK_PX} px"
    _write(bar, note, (left - round(220 * unit), round(22 * unit)), 0.5 * unit)
    return bar


def _write(bar: RgbImage, text: str, at: tuple[int, int], size: float) -> None:
    cv2.putText(bar, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, WHITE, max(1, round(1.6 * size)), cv2.LINE_AA)
