"""What the network counts, against the truth: region by region, picture by picture, with the interval it claims."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crushwatch.ground import CameraGround, Lattice
from crushwatch.ground.polygon import contains
from crushwatch.models.band import BandTable
from crushwatch.regions.band import RegionBand
from crushwatch.simulate import Scenario
from crushwatch.simulate.pinhole import Points
from crushwatch.site import Camera, Region, Rules
from workers.capture.picture import ArrayPicture
from workers.capture.source import RgbImage
from workers.counting.counter import count_on_lattice
from workers.infer.engine import Density, Engine
from workers.labelled import heads_as_drawn
from workers.measure import CameraMeter, RegionFigures, watched_regions

APART_S = 3600
"""Pictures are measured so far apart that none is smoothed with the one before."""


@dataclass(frozen=True)
class Pair:
    """One region in one picture: what was counted and what is true, people and people per square metre.

    band: what was claimed to hold the truth in nine cases of ten; None where the model has no table of errors
    """

    region: str
    count: float
    true_count: float
    density_per_m2: float | None
    true_per_m2: float | None
    band: RegionBand | None = None

    @property
    def inside(self) -> bool | None:
        """Whether the true count, or density where there is an area, lies in the interval; None without one."""
        if self.band is None:
            return None
        if self.band.density_per_m2 is None or self.true_per_m2 is None:
            return self.band.count[0] <= self.true_count <= self.band.count[1]
        return self.band.density_per_m2[0] <= self.true_per_m2 <= self.band.density_per_m2[1]


@dataclass(frozen=True)
class CountedRow:
    """Some pictures of one scene. bias: mean of counted less true; mae: of the same without sign. Densities per m2.

    coverage: the share of the truths inside their intervals
    """

    name: str
    pictures: int
    true_count: float
    count_bias: float
    count_mae: float
    true_per_m2: float | None
    density_bias: float | None
    density_mae: float | None
    coverage: float | None


class Counter:
    """One camera's regions, counted by one network and measured as its worker does."""

    def __init__(self, camera: Camera, engine: Engine, table: BandTable | None) -> None:
        self._camera = camera
        self._engine = engine
        self._meter = CameraMeter(camera, Rules(), table)
        self._ground = CameraGround.of(camera)
        self._moments_s = itertools.count(step=APART_S)

    def count(self, image: RgbImage) -> tuple[Density, Lattice]:
        """People a cell of a picture (height, width, 3)."""
        return count_on_lattice(ArrayPicture(image), self._camera, self._engine)

    def pairs(self, image: RgbImage, heads_px: npt.NDArray[np.floating], feet_m: Points | None = None) -> list[Pair]:
        """Each region's count beside the truth.

        heads_px: (N, 2) true heads in pixels of the picture. feet_m: (N, 2) where those people stand, if it is known;
        else they stand below their heads.
        """
        figures = self._meter.measure(*self.count(image), next(self._moments_s))
        drawn_px = heads_as_drawn(heads_px, ArrayPicture(image), self._camera)
        regions = watched_regions(self._camera)
        return [_pair(each, self._true_count(regions[each.region], drawn_px, feet_m)) for each in figures]

    def _true_count(self, region: Region | None, heads_px: Points, feet_m: Points | None) -> float:
        if region is None:
            return float(len(heads_px))
        if self._ground is None:
            return float(contains(region.polygon_px or (), heads_px).sum())
        stands_m = self._ground.image_to_head.apply(heads_px) if feet_m is None else feet_m
        return float(contains(self._ground.outline_m(region), stands_m).sum())


def _pair(figures: RegionFigures, true_count: float) -> Pair:
    found = figures.instant
    return Pair(
        region=figures.region,
        count=found.count,
        true_count=true_count,
        density_per_m2=found.density_per_m2,
        true_per_m2=true_count / found.area_m2 if found.area_m2 else None,
        band=figures.band,
    )


def counted_pairs(scenario: Scenario, engine: Engine, table: BandTable | None, times_s: Sequence[float]) -> list[Pair]:
    """The scenario drawn and counted by its own camera at these seconds."""
    counter = Counter(scenario.camera(), engine, table)
    frames = (scenario.frame(time_s) for time_s in times_s)
    return [pair for frame in frames for pair in counter.pairs(frame.image, frame.heads_px, frame.feet_m)]


def counted_row(name: str, pairs: Sequence[Pair]) -> CountedRow:
    """Over all regions and pictures; at least one."""
    off = np.array([pair.count - pair.true_count for pair in pairs])
    known = [(each.density_per_m2, each.true_per_m2) for each in pairs if each.density_per_m2 is not None]
    density, true_per_m2 = np.array(known, dtype=np.float64).reshape(-1, 2).T
    has_area = len(known) > 0
    return CountedRow(
        name=name,
        pictures=len(pairs),
        true_count=float(np.mean([pair.true_count for pair in pairs])),
        count_bias=float(off.mean()),
        count_mae=float(np.abs(off).mean()),
        true_per_m2=float(true_per_m2.mean()) if has_area else None,
        density_bias=float((density - true_per_m2).mean()) if has_area else None,
        density_mae=float(np.abs(density - true_per_m2).mean()) if has_area else None,
        coverage=coverage_of(pairs),
    )


def coverage_of(pairs: Sequence[Pair]) -> float | None:
    """The share of the truths inside their intervals; None where none was claimed."""
    claims = [pair.inside for pair in pairs if pair.inside is not None]
    return sum(claims) / len(claims) if claims else None
