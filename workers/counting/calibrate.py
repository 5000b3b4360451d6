"""`crushwatch calibrate-count`: a camera's own labelled frames against what is counted in them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from crushwatch.models.band import BandLevel, BandTable
from crushwatch.regions.band import Estimate, interval, peak_area_m2
from crushwatch.regions.conformal import Sample, fit_levels, most_of_one_level
from crushwatch.regions.count_check import OWN_LEVEL_NEEDS, CountCheck, too_few_alike
from crushwatch.site import Camera, Rules
from workers.capture.picture import ArrayPicture
from workers.counting.counter import count_on_lattice
from workers.infer.engine import Engine
from workers.labelled import LabelledFrame, frame_of, heads_as_drawn
from workers.measure import CameraMeter, RegionFigures
from workers.replay.truth import splat

BIAS_BORNE = 0.15
"""A camera whose counts are further off than this share on the average does not pass."""
BIAS_BORNE_PEOPLE = 1.0
"""Nor is it for less than a person a region that one fails."""
FEWEST_FRAMES = 10


@dataclass(frozen=True)
class Pair:
    """One figure of one frame: people counted and people there, and the density cells they were counted in."""

    counted: float
    true: float
    cells: float


@dataclass(frozen=True)
class FramePairs:
    """One frame: a pair for each region, and one for the fullest part of each region of which that is known."""

    counts: tuple[Pair, ...]
    peaks: tuple[Pair, ...]


def compare(
    frames: Iterable[LabelledFrame], camera: Camera, rules: Rules, engine: Engine, seen: Callable[[], None]
) -> list[FramePairs]:
    """Count every frame as the worker would, and hold it against its heads. seen: called after each frame."""
    counting, knowing = CameraMeter(camera, rules), CameraMeter(camera, rules)
    pairs = []
    for number, frame in enumerate(frames):
        picture = ArrayPicture(frame_of(camera, frame))
        people, lattice = count_on_lattice(picture, camera, engine)
        heads_px = heads_as_drawn(frame.points_px, picture, camera)
        counted = counting.measure(people, lattice, float(number))
        true = knowing.measure(splat(heads_px, lattice), lattice, float(number))
        pairs.append(_pairs(counted, true))
        seen()
    return pairs


def judge_frames(
    pairs: Sequence[FramePairs],
    table: BandTable | None,
    *,
    camera: str,
    model_sha256: str,
    engine_shape: tuple[int, int],
    now: datetime,
) -> CountCheck:
    """Bias, band, and what speaks against believing the counts; pure. At least one frame with a region."""
    counts = [pair for frame in pairs for pair in frame.counts]
    counted, true = sum(pair.counted for pair in counts), sum(pair.true for pair in counts)
    inside = None if table is None else float(np.mean([_share_inside(table, frame) for frame in pairs]))
    samples = _samples([frame.counts for frame in pairs])
    check = CountCheck(
        camera=camera,
        model_sha256=model_sha256,
        engine_shape=engine_shape,
        made_at=now,
        frames=len(pairs),
        regions=len(counts) // len(pairs),
        mean_people=round(true / len(counts), 2),
        mean_cells=round(sum(pair.cells for pair in counts) / len(counts), 2),
        bias_people=round((counted - true) / len(counts), 2),
        bias_share=round(counted / true - 1, 4) if true > 0 else None,
        inside_share=None if inside is None else round(inside, 4),
        most_alike=most_of_one_level(samples),
        count=_own_levels(samples),
        peak=_own_levels(_samples([frame.peaks for frame in pairs])),
    )
    return check.model_copy(update={"faults": tuple(_faults(check))})


def says_something(check: CountCheck) -> bool:
    """Whether it has frames enough to speak of the camera's counts, well or ill."""
    return check.frames >= FEWEST_FRAMES


def least_inside(frames: int) -> float:
    """The share of so many frames that must lie in a band of 90 %; one that holds fails here one time in twenty.

    >>> round(least_inside(20), 2), round(least_inside(100), 2)
    (0.79, 0.85)
    """
    return 0.9 - 1.645 * math.sqrt(0.09 / frames)


def _faults(check: CountCheck) -> Iterable[str]:
    if not says_something(check):
        missing = FEWEST_FRAMES - check.frames
        yield f"too few frames: {check.frames}, and {FEWEST_FRAMES} are needed to say anything; label {missing} more"
        return
    far_off = check.bias_share is None or abs(check.bias_share) > BIAS_BORNE
    if far_off and abs(check.bias_people) > BIAS_BORNE_PEOPLE:
        share = "where nobody was" if check.bias_share is None else f"({100 * check.bias_share:+.0f} %)"
        yield (
            f"{check.bias_people:+.1f} people a region {share}, {100 * BIAS_BORNE:.0f} % are borne: try another "
            "engine_shape, or train on these frames"
        )
    if check.inside_share is not None and not check.count and check.inside_share < least_inside(check.frames):
        yield (
            f"the truth lay in the model's band {100 * check.inside_share:.0f} times in a hundred only, and there is "
            f"none of the camera's own: {too_few_alike(check)}; label more"
        )


def _own_levels(samples: Sequence[Sample]) -> tuple[BandLevel, ...]:
    return fit_levels([samples], needs=OWN_LEVEL_NEEDS, joined=False)


def _samples(frames: Sequence[Sequence[Pair]]) -> list[Sample]:
    return [
        Sample(*(np.array([getattr(pair, name) for pair in frame]) for name in ("counted", "true", "cells")))
        for frame in frames
        if frame
    ]


def _share_inside(table: BandTable, frame: FramePairs) -> float:
    bounds = [interval(Estimate(pair.counted, pair.cells), table) for pair in frame.counts]
    return float(np.mean([low <= pair.true <= high for pair, (low, high) in zip(frame.counts, bounds, strict=True)]))


def _pairs(counted: Sequence[RegionFigures], true: Sequence[RegionFigures]) -> FramePairs:
    both = list(zip(counted, true, strict=True))
    peaks = (_peak(mine, theirs) for mine, theirs in both)
    return FramePairs(
        counts=tuple(Pair(mine.instant.count, theirs.instant.count, mine.cells) for mine, theirs in both),
        peaks=tuple(peak for peak in peaks if peak is not None),
    )


def _peak(counted: RegionFigures, true: RegionFigures) -> Pair | None:
    area_m2, mine, theirs = counted.instant.area_m2, counted.instant, true.instant
    if area_m2 is None or mine.peak_density_per_m2 is None or theirs.peak_density_per_m2 is None:
        return None
    window_m2 = peak_area_m2(area_m2)
    return Pair(
        mine.peak_density_per_m2 * window_m2,
        theirs.peak_density_per_m2 * window_m2,
        counted.cells * window_m2 / area_m2,
    )
