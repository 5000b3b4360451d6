"""Covered: parts of the picture that have had structure and have none now.

Structure is measured in 16 x 9 tiles of a small picture, the median of several, in which neither grain nor passers-by
are left. What a tile has is held against the least that it has had lately: so a crowd that leaves covers nothing. That
least follows a slow fade down (dusk), rises slowly, and stands still while a cover is suspected.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
Tiles = npt.NDArray[np.float32]

TILES = (16, 9)
SMALL_PX = 128
BLANK_LEVELS = 1.6
"""Mean step between neighbours of the small picture where there is nothing but what grain the median leaves."""
STRUCTURE_LEVELS = 3.0
"""A tile has structure from here on; even asphalt and plain paving mostly have."""
USABLE_SHARE = 0.3
"""With fewer tiles of structure than this nothing can be told of what is lost."""
NOTHING_SHARE = 0.95
"""Tiles that are blank in a picture in which nothing at all can be made out."""
HALVING_S, DOUBLING_S = 30.0, 1800.0
SUSPECTED_SHARE = 0.25
FADED = 0.35
"""Where even the brightest tiles have less than this of their light, it is the light that has gone."""


class Cover:
    """One camera's."""

    def __init__(self) -> None:
        self._least: Tiles | None = None
        self._light: Tiles | None = None
        self._seen_at_s = 0.0

    def see(self, grey: Grey, at_s: float) -> float | None:
        """The share of the tiles with structure that have lost it; None where that cannot be told.

        grey: the median of some pictures in a row.
        """
        small = cv2.resize(grey, _small_size(grey), interpolation=cv2.INTER_AREA)
        now, light = structure(np.asarray(small, dtype=np.uint8)), _tile_means(small)
        if self._least is None or self._light is None or self._least.shape != now.shape:
            self._least, self._light, self._seen_at_s = now, light, at_s
            return _nothing(now)
        had = self._least >= STRUCTURE_LEVELS
        blank = now < BLANK_LEVELS
        share = float(blank[had].mean()) if had.mean() >= USABLE_SHARE else _nothing(now)
        faded = _has_faded(light, self._light)
        if share is None or share < SUSPECTED_SHARE or faded:
            self._follow(now, light, at_s)
        self._seen_at_s = at_s
        return None if faded else share

    def _follow(self, now: Tiles, light: Tiles, at_s: float) -> None:
        """Down by half in HALVING_S at most, as dusk goes; up by double in DOUBLING_S, so that dawn is followed too."""
        if self._least is None:
            return
        passed_s = max(0.0, at_s - self._seen_at_s)
        lowest, highest = self._least * 0.5 ** (passed_s / HALVING_S), self._least * 2.0 ** (passed_s / DOUBLING_S)
        self._least = np.clip(now, lowest, highest)
        self._light = light


def structure(small: Grey) -> Tiles:
    """(9, 16) mean sum of the steps across and down, in grey levels."""
    levels = small.astype(np.float32)
    steps = np.zeros_like(levels)
    steps[:, :-1] += np.abs(np.diff(levels, axis=1))
    steps[:-1] += np.abs(np.diff(levels, axis=0))
    return _tile_means(steps)


def _tile_means(values: object) -> Tiles:
    return np.asarray(cv2.resize(np.asarray(values, np.float32), TILES, interpolation=cv2.INTER_AREA), np.float32)


def _small_size(grey: Grey) -> tuple[int, int]:
    height, width = grey.shape
    scale = SMALL_PX / max(width, height)
    return max(TILES[0], round(width * scale)), max(TILES[1], round(height * scale))


def _nothing(now: Tiles) -> float | None:
    """Without a memory of more: only a picture in which nothing at all can be made out is told."""
    share = float((now < BLANK_LEVELS).mean())
    return share if share >= NOTHING_SHARE else None


def _has_faded(light: Tiles, before: Tiles) -> bool:
    kept = light / np.maximum(before, 1.0)
    return float(np.percentile(kept, 90)) < FADED
