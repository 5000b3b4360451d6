"""From counted windows of pictures with known heads to a model's table of errors: split-conformal prediction.

On pictures that the model never learnt from, windows are counted, and how far the truth was off the count, in units of
`spread`, is put in order, by level of crowding. The interval of a new count ends where the outermost twentieths of
those residuals begin. Windows of one picture are alike, so that a picture, not a window, is the unit: each weighs the
same, and one more that was never seen weighs as much and may be off by anything. For a window of a new picture like
those the interval then holds in nine cases of ten or more, whatever the errors look like; for a camera unlike any of
them as far as was measured (docs/measurement.md).
Sources: Vovk, Gammerman, Shafer, "Algorithmic Learning in a Random World" (2005), Mondrian conformal predictors;
Lee, Barber, Willett, "Distribution-free inference with hierarchical data", arXiv:2306.06342, section 3.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crushwatch.models.band import BandLevel
from crushwatch.regions.band import CELLS_PER_BLOCK, spread

LEVEL_EDGES = (0.0, 0.05, 0.25, 1.0, 3.0)
"""People per block of 64 x 64 pixels from which a level of crowding begins: from nobody to a packed crowd."""
PACKED_FROM = 3.0
"""From this level on, where alarms are decided, the bounds hold for each kind of picture by itself."""
LEVEL_NEEDS = 25
"""Pictures with a window in it that a level needs; with fewer it is joined with the sparser one below."""

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """One picture's windows, (N,) each: people counted, people there, density cells of the window."""

    counted: Values
    true: Values
    cells: Values

    @property
    def people_per_block(self) -> Values:
        """How crowded each window is in the network's eyes."""
        return self.counted / np.maximum(self.cells, 1.0) * CELLS_PER_BLOCK

    def residuals(self, chosen: npt.NDArray[np.bool_]) -> Values:
        """How far the truth is above the count, in units of its spread."""
        counted = self.counted[chosen]
        return np.asarray((self.true[chosen] - counted) / [spread(count) for count in counted], dtype=np.float64)


def fit_levels(
    kinds: Sequence[Sequence[Sample]], share: float = 0.9, *, needs: int = LEVEL_NEEDS, joined: bool = True
) -> tuple[BandLevel, ...]:
    """The levels of a table, ascending, each from `needs` pictures or more.

    kinds:  the pictures by kind (photographs, rendered crowds). A packed level reaches as far as that of any kind
            alone: kinds that are off in opposite ways would hide each other.
    joined: a level of too few pictures goes to the sparser one below; else it is left out, as it is where there is
            none below.
    """
    pictures = list(itertools.chain(*kinds))
    edges = _joined_edges(pictures, needs) if joined else (*LEVEL_EDGES, math.inf)
    fitted = []
    for low, high in itertools.pairwise(edges):
        level = _level(pictures, low, high, share, needs)
        if level is not None:
            alone = [_level(kind, low, high, share) for kind in kinds] if low >= PACKED_FROM else []
            fitted.append(_outermost(level, alone))
    return tuple(fitted)


def most_of_one_level(pictures: Sequence[Sample]) -> int:
    """How many pictures have a window of the level of crowding that most of them have one of."""
    levels = itertools.pairwise((*LEVEL_EDGES, math.inf))
    return max(
        sum(bool(((low <= each.people_per_block) & (each.people_per_block < high)).any()) for each in pictures)
        for low, high in levels
    )


def conformal_bounds(groups: Sequence[Values], share: float = 0.9) -> tuple[float, float] | None:
    """The residuals between which `share` of those of a new group lie, half of the rest on either side.

    groups: residuals picture by picture, none of them empty. None where there are too few pictures to say: with a
    share of 0.9 fewer than 19.
    """
    tail = (1 - share) / 2
    if 1 / (len(groups) + 1) > tail + 1e-12:
        return None
    residuals = np.concatenate(groups)
    weights = np.concatenate([np.full(len(group), 1 / len(group)) for group in groups]) / (len(groups) + 1)
    return -_upper(-residuals, weights, 1 - tail), _upper(residuals, weights, 1 - tail)


def _upper(residuals: Values, weights: Values, share: float) -> float:
    """The smallest residual up to which `share` of the weight lies; what the weights lack to 1 lies above them all."""
    order = np.argsort(residuals)
    reached = int(np.searchsorted(np.cumsum(weights[order]), share - 1e-12))
    return float(residuals[order[min(reached, len(order) - 1)]])


def _joined_edges(pictures: Sequence[Sample], needs: int) -> tuple[float, ...]:
    edges = [math.inf]
    for edge in reversed(LEVEL_EDGES):
        if edge == LEVEL_EDGES[0] or _pictures_within(pictures, edge, edges[0]) >= needs:
            edges.insert(0, edge)
    return tuple(edges)


def _pictures_within(pictures: Sequence[Sample], low: float, high: float) -> int:
    return sum(bool(_within(sample, low, high).any()) for sample in pictures)


def _within(sample: Sample, low: float, high: float) -> npt.NDArray[np.bool_]:
    crowding = sample.people_per_block
    return np.asarray((crowding >= low) & (crowding < high), dtype=np.bool_)


def _level(pictures: Sequence[Sample], low: float, high: float, share: float, needs: int = 0) -> BandLevel | None:
    chosen = [(sample, mask) for sample in pictures if (mask := _within(sample, low, high)).any()]
    groups = [sample.residuals(mask) for sample, mask in chosen]
    bounds = conformal_bounds(groups, share)
    if bounds is None or len(groups) < needs:
        return None
    return BandLevel(
        people_per_block=round(
            float(np.median([np.median(sample.people_per_block[mask]) for sample, mask in chosen])), 4
        ),
        low=round(bounds[0], 4),
        high=round(bounds[1], 4),
        pictures=len(groups),
        windows=sum(map(len, groups)),
    )


def _outermost(level: BandLevel, alone: Sequence[BandLevel | None]) -> BandLevel:
    known = [level, *(each for each in alone if each is not None)]
    return level.model_copy(update={"low": min(each.low for each in known), "high": max(each.high for each in known)})
