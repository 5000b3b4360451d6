"""CSRNet's augmentation: nine patches of a quarter of the picture's area, and their mirror images."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np

from crushwatch.density.augment import mirrored
from crushwatch.density.datasets.annotated import AnnotatedImage, DatasetError, PointsPx, RgbImage


@dataclass(frozen=True)
class Patch(AnnotatedImage):
    """A part of a picture that is already cut."""

    pixels: RgbImage = field(default_factory=lambda: np.zeros((0, 0, 3), np.uint8), repr=False)

    def rgb(self) -> RgbImage:
        return self.pixels

    def mirrored(self, name: str) -> Patch:
        """Left and right exchanged."""
        pixels, points_px = mirrored(self.pixels, self.points_px)
        return Patch(name, self.path, points_px, self.group, pixels)


def patches_of(pictures: Iterable[AnnotatedImage], mirrors: bool = True, seed: int = 1) -> Iterator[AnnotatedImage]:
    """The nine patches of each picture, -00 to -08, and mirrored -09 to -17; they share the picture's memory.

    Pixels are kept by name, so where the windows lie depends on the picture's name and on none that went before.
    """
    for image in pictures:
        rng, pixels = np.random.default_rng([seed, crc32(image.name.encode())]), image.rgb()
        if min(pixels.shape[:2]) < 2:
            raise DatasetError(f"{image.path}: {pixels.shape[1]}x{pixels.shape[0]} pixels cannot be cut into quarters")
        windows = nine_windows(pixels, image.points_px, rng)
        plain = [
            Patch(f"{image.name}-{n:02d}", image.path, points, image.group, part)
            for n, (part, points) in enumerate(windows)
        ]
        yield from plain
        if mirrors:
            yield from (patch.mirrored(f"{image.name}-{n:02d}") for n, patch in enumerate(plain, len(plain)))


def nine_windows(picture: RgbImage, points_px: PointsPx, rng: np.random.Generator) -> list[tuple[RgbImage, PointsPx]]:
    """The four quarters and five windows of their size at random, each with its heads."""
    height, width = picture.shape[0] // 2, picture.shape[1] // 2
    corners = [(top, left) for top in (0, height) for left in (0, width)]
    corners += [(int(rng.integers(height + 1)), int(rng.integers(width + 1))) for _ in range(5)]
    return [window(picture, points_px, top, left, height, width) for top, left in corners]


def window(
    picture: RgbImage, points_px: PointsPx, top: int, left: int, height: int, width: int
) -> tuple[RgbImage, PointsPx]:
    """A window with its heads, in pixels of the window."""
    moved_px = points_px - np.array([left, top], np.float32)
    inside = ((moved_px >= 0) & (moved_px < (width, height))).all(axis=1)
    return picture[top : top + height, left : left + width], moved_px[inside]
