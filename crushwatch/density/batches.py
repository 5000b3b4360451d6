"""Batches of crops, cut on the CPU by a few threads ahead of the training loop.

A batch is a pure function of (seed, step): a run that resumes at a step sees what it would have seen.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor

from crushwatch.density.augment import Augmentation, as_a_camera_might, heads_per_cell, random_crop
from crushwatch.density.datasets import nobody
from crushwatch.density.datasets.annotated import AnnotatedImage, PointsPx, RgbImage
from crushwatch.density.targets import Target, TargetMap, cells, dots

Made = TypeVar("Made")
AHEAD = 3
"""Batches that wait ready while the network works."""


class Batch(NamedTuple):
    """images: (n, side, side, 3) uint8 RGB. targets: (n, side / cell_px, side / cell_px) float32, people a cell."""

    images: Tensor
    targets: Tensor


@dataclass(frozen=True)
class Source:
    """Pictures that make up a share of the crops. Without pictures it gives drawn frames with nobody in them."""

    share: float
    pictures: Sequence[AnnotatedImage]
    augmentation: Augmentation


class Shares:
    """Chooses a source as often as its share says."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = [source for source in sources if source.share > 0]
        shares = np.array([source.share for source in self.sources])
        self._shares = shares / shares.sum()

    def draw(self, rng: np.random.Generator) -> Source:
        """One of them."""
        return self.sources[int(rng.choice(len(self.sources), p=self._shares))]


def cut_ahead(make: Callable[[int], Made], step: int, threads: int) -> Iterator[Made]:
    """What `make` gives for that step and those after it, for ever, made ahead by `threads` threads."""
    with ThreadPoolExecutor(threads, "crops") as pool:
        waiting: deque[Future[Made]] = deque()
        while True:
            while len(waiting) < AHEAD:
                waiting.append(pool.submit(make, step))
                step += 1
            yield waiting.popleft().result()


def heads_map(points_px: PointsPx, side_px: int, cell_px: int, target: Target) -> TargetMap:
    """(side_px / cell_px, side_px / cell_px), people a cell."""
    if target is dots:
        return heads_per_cell(points_px, side_px, side_px, cell_px)
    return cells(target(points_px, side_px, side_px), cell_px)


class Crops:
    """Crops of several sources in their shares; pictures are decoded once and kept, as long as there is room.

    memory_gib: for decoded pictures. Those for which there is no room are decoded anew for every crop.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        side_px: int,
        batch: int,
        seed: int,
        cell_px: int = 8,
        target: Target = dots,
        memory_gib: float = 4.0,
    ) -> None:
        self._shares = Shares(sources)
        self._side_px, self._batch, self._seed, self._cell_px = side_px, batch, seed, cell_px
        self._target = target
        self._decoded: dict[tuple[Path, str], RgbImage] = {}
        self._room_bytes = memory_gib * 2**30

    def batch(self, step: int) -> Batch:
        """The batch of that step."""
        rng = np.random.default_rng([self._seed, step])
        crops = [self._crop(rng) for _ in range(self._batch)]
        return Batch(
            torch.from_numpy(np.stack([image for image, _ in crops])),
            torch.from_numpy(np.stack([target for _, target in crops])),
        )

    def from_step(self, step: int, threads: int = 1) -> Iterator[Batch]:
        """The batches from that step on, for ever, cut ahead by `threads` threads."""
        return cut_ahead(self.batch, step, threads)

    def _crop(self, rng: np.random.Generator) -> tuple[RgbImage, TargetMap]:
        image, points = self._cut(self._shares.draw(rng), rng)
        return image, heads_map(points, self._side_px, self._cell_px, self._target)

    def _cut(self, source: Source, rng: np.random.Generator) -> tuple[RgbImage, PointsPx]:
        if not source.pictures:
            drawn = as_a_camera_might(nobody.draw(rng, self._side_px), rng, source.augmentation)
            return drawn, np.zeros((0, 2), np.float32)
        chosen = source.pictures[int(rng.integers(len(source.pictures)))]
        return random_crop(self._pixels(chosen), chosen.points_px, self._side_px, rng, source.augmentation)

    def _pixels(self, image: AnnotatedImage) -> RgbImage:
        known = self._decoded.get(image.identity)
        if known is not None:
            return known
        pixels = image.rgb()
        if self._room_bytes >= pixels.nbytes:
            self._room_bytes -= pixels.nbytes
            self._decoded[image.identity] = pixels
        return pixels
