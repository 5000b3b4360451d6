"""Pictures that lie decoded on a device, side by side in one array, each also at a half and a quarter of its size.

A crop that is shrunk is read from the level nearest to its size, so that four neighbours are enough for each pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from crushwatch.density.augment import Cut
from crushwatch.density.datasets.annotated import AnnotatedImage, RgbImage

LEVELS = 3
"""Whole, half, quarter."""


@dataclass(frozen=True)
class LevelPlace:
    """One level of a picture: its first pixel in the album, its (height, width), and those over the whole picture's."""

    first: int
    size_px: tuple[int, int]
    shrunk: tuple[float, float] = (1.0, 1.0)


@dataclass(frozen=True)
class Axis:
    """For each crop and each of its pixels along one side, (n, side): the two pixels to read, and the second's weight.

    shown: whether the picture is there at all.
    """

    before: Tensor
    after: Tensor
    weight: Tensor
    shown: Tensor

    @staticmethod
    def between(at: Tensor, lowest: Tensor, highest: Tensor, shown: Tensor) -> Axis:
        """at: where to read, in pixels; what lies beyond `lowest` and `highest` is read at the border."""
        at = torch.minimum(torch.maximum(at, lowest), highest)
        before = at.floor()
        after = torch.minimum(before + 1, highest)
        return Axis(before.long(), after.long(), at - before, shown)

    def mirrored(self, which: Tensor) -> Axis:
        """The same, read backwards for the crops that `which` (n,) names."""
        parts = (self.before, self.after, self.weight, self.shown)
        return Axis(*(torch.where(which[:, None], part.flip(1), part) for part in parts))


class Album:
    """Holds every picture once, whatever the number of sources that name it."""

    def __init__(self, pictures: Sequence[AnnotatedImage], device: torch.device) -> None:
        distinct = list({image.identity: image for image in pictures}.values())
        with ThreadPoolExecutor() as pool:
            decoded = list(pool.map(lambda image: halves(image.rgb()), distinct))
        self._places: dict[tuple[Path, str], tuple[LevelPlace, ...]] = {}
        first = 0
        for image, levels in zip(distinct, decoded, strict=True):
            self._places[image.identity], first = placed(levels, first)
        flat = [level.reshape(-1, 3) for levels in decoded for level in levels] or [np.zeros((1, 3), np.uint8)]
        self._pixels = torch.from_numpy(np.concatenate(flat)).to(device)

    @property
    def bytes(self) -> int:
        """What it takes on the device."""
        return self._pixels.numel()

    def levels(self, image: AnnotatedImage) -> tuple[LevelPlace, ...]:
        """The whole picture first."""
        return self._places[image.identity]

    def sampled(self, first: Tensor, width: Tensor, down: Axis, across: Axis) -> Tensor:
        """(n, side, side, 3) float32: each crop's pixels between the four around them. first, width: (n,) int64."""

        def row(rows: Tensor) -> Tensor:
            start = (first[:, None] + rows * width[:, None])[:, :, None]
            left, right = (
                self._pixels[start + columns[:, None, :]].float() for columns in (across.before, across.after)
            )
            return left.lerp_(right, across.weight[:, None, :, None])

        return row(down.before).lerp_(row(down.after), down.weight[:, :, None, None])


def halves(picture: RgbImage) -> list[RgbImage]:
    """The picture and its smaller levels, each by averaging areas."""
    levels = [picture]
    for level in range(1, LEVELS):
        height, width = (max(1, round(length / 2**level)) for length in picture.shape[:2])
        smaller = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        levels.append(smaller.astype(np.uint8, copy=False))
    return levels


def placed(levels: Sequence[RgbImage], first: int) -> tuple[tuple[LevelPlace, ...], int]:
    """Where the levels lie when the first begins at `first`, and where the next picture begins."""
    places = []
    height, width = levels[0].shape[:2]
    for level in levels:
        size_px = (level.shape[0], level.shape[1])
        places.append(LevelPlace(first, size_px, (size_px[0] / height, size_px[1] / width)))
        first += size_px[0] * size_px[1]
    return tuple(places), first


def level_for(cut: Cut) -> int:
    """The level whose pixels are nearest in size to the crop's: 0 from a scale of 0.71 on.

    >>> from crushwatch.density.augment import Span
    >>> level_for(Cut(Span(0, 100, 50, 0), Span(0, 100, 50, 0), np.zeros(3, int), True, False))
    1
    """
    scale = float(np.sqrt(cut.across.scale * cut.down.scale))
    return int(min(LEVELS - 1, max(0, round(-float(np.log2(scale))))))
