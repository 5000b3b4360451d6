"""What the network counts, against the truth: region by region, picture by picture, with the interval it claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crushwatch.ground import CameraGround, Lattice
from crushwatch.ground.certainty import GIVEN_AREA, density_share
from crushwatch.ground.polygon import contains
from crushwatch.models.band import BandTable
from crushwatch.regions import Measurement, RegionMeter, Smoothed
from crushwatch.regions.band import RegionBand, region_band
from crushwatch.simulate import Scenario
from crushwatch.simulate.pinhole import Points
from crushwatch.site import Camera, Region
from workers.batch.letterbox import Letterbox
from workers.capture.picture import ArrayPicture
from workers.capture.source import RgbImage
from workers.infer.engine import Density, Engine
from workers.measure import watched_regions


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
    """One camera's regions, counted by one network."""

    def __init__(self, camera: Camera, engine: Engine, table: BandTable | None) -> None:
        self._camera = camera
        self._engine = engine
        self._table = table
        self._drawn_px = camera.picture_size_px
        is_calibrated = camera.ground is not None and self._drawn_px is not None
        self._ground = CameraGround.fit(camera.ground, self._drawn_px) if is_calibrated else None  # type: ignore[arg-type]
        self._meters: dict[tuple[Lattice, str], RegionMeter] = {}
        self._shares = {key: self._ground_share(region) for key, region in watched_regions(camera).items()}

    def count(self, image: RgbImage) -> tuple[Density, Lattice]:
        """People a cell of a picture (height, width, 3), as the worker counts it."""
        height, width = image.shape[:2]
        box = Letterbox.fit((width, height), self._camera.engine_shape)
        people = next(iter(self._engine.infer(box.image(ArrayPicture(image))[None])))
        return people, box.lattice(self._drawn_px or (width, height))

    def pairs(self, image: RgbImage, heads_px: Points, feet_m: Points | None = None) -> list[Pair]:
        """Each region's count beside the truth.

        heads_px: (N, 2) true heads in pixels of the picture. feet_m: (N, 2) where those people stand, if it is known;
        else they stand below their heads.
        """
        people, lattice = self.count(image)
        height, width = image.shape[:2]
        drawn_px = self._drawn_px or (width, height)
        heads = heads_px * (np.array(drawn_px) / (width, height))
        return [
            self._pair(key, self._meter(key, region, lattice), people, self._true_count(region, heads, feet_m))
            for key, region in watched_regions(self._camera).items()
        ]

    def _pair(self, key: str, meter: RegionMeter, people: Density, true_count: float) -> Pair:
        found = meter.measure(people)
        return Pair(
            region=key,
            count=found.count,
            true_count=true_count,
            density_per_m2=found.density_per_m2,
            true_per_m2=true_count / found.area_m2 if found.area_m2 else None,
            band=self._band(found, meter.cells, self._shares[key]),
        )

    def _band(self, found: Measurement, cells: float, ground_share: float) -> RegionBand | None:
        if self._table is None:
            return None
        figures = Smoothed(found.count, found.density_per_m2, found.peak_density_per_m2, None)
        return region_band(figures, found.area_m2, cells, ground_share, self._table)

    def _meter(self, key: str, region: Region | None, lattice: Lattice) -> RegionMeter:
        if (lattice, key) not in self._meters:
            self._meters[lattice, key] = self._made(region, lattice)
        return self._meters[lattice, key]

    def _made(self, region: Region | None, lattice: Lattice) -> RegionMeter:
        if region is None:
            return RegionMeter.whole_picture(lattice)
        if self._ground is None:
            return RegionMeter.in_picture(region, lattice)
        return RegionMeter.on_ground(region, lattice, self._ground)

    def _true_count(self, region: Region | None, heads_px: Points, feet_m: Points | None) -> float:
        if region is None:
            return float(len(heads_px))
        if self._ground is None:
            return float(contains(region.polygon_px or (), heads_px).sum())
        stands_m = self._ground.image_to_head.apply(heads_px) if feet_m is None else feet_m
        return float(contains(self._ground.outline_m(region), stands_m).sum())

    def _ground_share(self, region: Region | None) -> float:
        if region is None or self._ground is None or self._camera.ground is None:
            return GIVEN_AREA
        return density_share(self._camera.ground, self._ground.picture_size_px, self._ground.outline_m(region))


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
