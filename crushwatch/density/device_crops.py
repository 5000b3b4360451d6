"""Batches of crops made where the network is: pictures lie decoded on the device, a batch is a few tensor operations.

The processor only draws what is to be done (`Plan`: which window, which light), by the same random numbers as
`batches.Crops`, so that windows, heads and targets are the same; the pixels differ by rounding, and where a picture is
shrunk, by the filter. A batch is a pure function of (seed, step).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from crushwatch.density.album import Album, Axis, LevelPlace, level_for
from crushwatch.density.augment import Cut, Span
from crushwatch.density.batches import Batch, Shares, Source, cut_ahead, heads_map
from crushwatch.density.datasets import nobody
from crushwatch.density.datasets.annotated import AnnotatedImage, RgbImage
from crushwatch.density.looks import Look, looked
from crushwatch.density.targets import Target, TargetMap, dots


@dataclass(frozen=True)
class Window:
    """One crop's window in the album, in pixels of the level of the picture that is read."""

    place: LevelPlace
    cut: Cut


POINT = Span(0, 1, 1, 0)
EMPTY = Window(LevelPlace(0, (1, 1)), Cut(POINT, POINT, np.zeros(3, np.int64), False, False))
"""Stands where a drawn picture will lie."""


@dataclass(frozen=True)
class Plan:
    """What a batch is made of. `windows` has None where a picture is drawn instead (`drawn`, by its place)."""

    step: int
    windows: tuple[Window | None, ...]
    drawn: dict[int, RgbImage]
    looks: tuple[Look, ...]
    targets: npt.NDArray[np.float32]


class DeviceCrops:
    """The contract of `batches.Crops`, on a device."""

    def __init__(
        self,
        sources: Sequence[Source],
        side_px: int,
        batch: int,
        seed: int,
        cell_px: int = 8,
        target: Target = dots,
        device: str = "cuda",
    ) -> None:
        self._shares = Shares(sources)
        self._side_px, self._batch, self._seed, self._cell_px = side_px, batch, seed, cell_px
        self._target, self._device = target, torch.device(device)
        self._album = Album([image for source in self._shares.sources for image in source.pictures], self._device)

    def batch(self, step: int) -> Batch:
        """The batch of that step."""
        return self.made(self.plan(step))

    def from_step(self, step: int, threads: int = 1) -> Iterator[Batch]:
        """The batches from that step on, for ever: planned ahead by `threads` threads, made when they are asked for."""
        return map(self.made, cut_ahead(self.plan, step, threads))

    def plan(self, step: int) -> Plan:
        """What the batch of that step is made of."""
        rng = np.random.default_rng([self._seed, step])
        windows: list[Window | None] = []
        drawn: dict[int, RgbImage] = {}
        looks: list[Look] = []
        targets: list[TargetMap] = []
        for number in range(self._batch):
            source = self._shares.draw(rng)
            if source.pictures:
                window, target = self._window(source.pictures[int(rng.integers(len(source.pictures)))], source, rng)
                windows.append(window)
            else:
                drawn[number] = nobody.draw(rng, self._side_px)
                windows.append(None)
                target = np.zeros((self._side_px // self._cell_px,) * 2, np.float32)
            looks.append(Look.draw(rng, source.augmentation))
            targets.append(target)
        return Plan(step, tuple(windows), drawn, tuple(looks), np.stack(targets))

    def made(self, plan: Plan) -> Batch:
        """The batch of a plan, on the device; nothing waits for the device."""
        images = self._sampled(plan)
        if plan.drawn:
            places = self._sent(np.array(list(plan.drawn), np.int64))
            images.index_copy_(0, places, self._sent(np.stack(list(plan.drawn.values()))).float())
        generator = torch.Generator(self._device).manual_seed(self._seed * 1_000_003 + plan.step)
        images = looked(images, plan.looks, generator)
        return Batch(images.to(torch.uint8), self._sent(plan.targets))

    def _window(self, image: AnnotatedImage, source: Source, rng: np.random.Generator) -> tuple[Window, TargetMap]:
        levels = self._album.levels(image)
        cut = Cut.draw(levels[0].size_px, self._side_px, rng, source.augmentation)
        points = cut.points(image.points_px, self._side_px)
        level = levels[min(level_for(cut), len(levels) - 1)]
        return Window(level, cut), heads_map(points, self._side_px, self._cell_px, self._target)

    def _sampled(self, plan: Plan) -> Tensor:
        """(n, side, side, 3) float32, whole numbers 0 to 255, before any change of light."""
        windows = [window or EMPTY for window in plan.windows]
        across = self._axis([w.cut.across for w in windows], [w.place.shrunk[1] for w in windows])
        down = self._axis([w.cut.down for w in windows], [w.place.shrunk[0] for w in windows])
        flip = self._sent(np.array([w.cut.mirror for w in windows]))
        across = across.mirrored(flip)
        first = self._sent(np.array([w.place.first for w in windows], np.int64))
        width = self._sent(np.array([w.place.size_px[1] for w in windows], np.int64))
        colour = self._sent(np.array([w.cut.colour for w in windows], np.float32))
        sampled = self._album.sampled(first, width, down, across)
        shown = (down.shown[:, :, None] & across.shown[:, None, :])[..., None]
        return torch.where(shown, sampled.round_(), colour[:, None, None, :])

    def _axis(self, spans: Sequence[Span], shrunk: Sequence[float]) -> Axis:
        """Where each of the crop's pixels along one side is read; see `cv2.resize`, INTER_LINEAR."""
        numbers = [(s.start_px, s.stop_px, s.scaled_px, s.offset_px, f) for s, f in zip(spans, shrunk, strict=True)]
        start, stop, scaled, offset, factor = self._sent(np.array(numbers, np.float32)).T[:, :, None].unbind(0)
        place = torch.arange(self._side_px, device=self._device, dtype=torch.float32) - offset
        at = (start + (place + 0.5) * ((stop - start) / scaled)) * factor - 0.5
        lowest = (start * factor).floor()
        return Axis.between(
            at, lowest, torch.maximum((stop * factor).floor() - 1, lowest), (place >= 0) & (place < scaled)
        )

    def _sent(self, values: npt.NDArray[np.generic]) -> Tensor:
        """To the device without waiting for it."""
        tensor = torch.from_numpy(values)
        if self._device.type == "cuda":
            tensor = tensor.pin_memory()
        return tensor.to(self._device, non_blocking=True)
