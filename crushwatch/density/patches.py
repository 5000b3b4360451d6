"""CSRNet's augmentation: nine patches of a quarter of the picture's area, and their mirror images."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from crushwatch.density.augment import mirrored
from crushwatch.density.datasets.annotated import AnnotatedImage, PointsPx, RgbImage


@dataclass(frozen=True)
class Patch(AnnotatedImage):
    """A part of a picture that is already cut."""

    pixels: RgbImage = field(default_factory=lambda: np.zeros((0, 0, 3), np.uint8), repr=False)

    def rgb(self) -> RgbImage:
        return self.pixels


def patches_of(pictures: Iterable[AnnotatedImage], seed: int = 1) -> Iterator[AnnotatedImage]:
    """The nine patches of each picture, and each mirrored."""
    rng = np.random.default_rng(seed)
    for image in pictures:
        for number, (pixels, points) in enumerate(nine_patches(image.rgb(), image.points_px, rng)):
            yield Patch(f"{image.name}-{number:02d}", image.path, points, image.group, pixels)


def nine_patches(picture: RgbImage, points_px: PointsPx, rng: np.random.Generator) -> list[tuple[RgbImage, PointsPx]]:
    """The four quarters and five windows of their size at random, and each mirrored: eighteen."""
    height, width = picture.shape[0] // 2, picture.shape[1] // 2
    corners = [(top, left) for top in (0, height) for left in (0, width)]
    corners += [(int(rng.integers(height + 1)), int(rng.integers(width + 1))) for _ in range(5)]
    plain = [cut(picture, points_px, top, left, height, width) for top, left in corners]
    return plain + [mirrored(*patch) for patch in plain]


def cut(
    picture: RgbImage, points_px: PointsPx, top: int, left: int, height: int, width: int
) -> tuple[RgbImage, PointsPx]:
    """A window with its heads, in pixels of the window."""
    moved_px = points_px - np.array([left, top], np.float32)
    inside = ((moved_px >= 0) & (moved_px < (width, height))).all(axis=1)
    return np.ascontiguousarray(picture[top : top + height, left : left + width]), moved_px[inside]
