"""How far the numbers of people in labelled frames lie apart: whether the frames can be of as many different moments.

A band is made of frames as if each were a throw of its own. Frames of one clip are one throw: the same people, in the
same light, counted wrong by as much each time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ONE_FRAME = "frames of the same quarter of an hour count as one"
FEWEST_FRAMES = 10
"""Fewer may happen to be alike, and make no check."""
Z_OF_ONE_IN_A_HUNDRED = -2.326


@dataclass(frozen=True)
class Spread:
    """People in each frame, the fewest and the most. is_one_moment: they differ less than those of many moments."""

    frames: int
    fewest: int
    most: int
    is_one_moment: bool

    @property
    def line(self) -> str:
        """As a person reads it."""
        return f"people: {self.fewest} to {self.most} a frame; {ONE_FRAME}"

    @property
    def warning(self) -> str | None:
        """What to do about frames of one moment."""
        if not self.is_one_moment:
            return None
        return (
            f"{self.fewest} to {self.most} people in each of {self.frames} frames: so alike are frames of one moment, "
            "hardly those of hours (by chance once in a hundred times, and more seldom the more a crowd comes and goes)"
            f"; {ONE_FRAME}, so the band would be too narrow: label frames that are hours apart"
        )


def spread_of(people: Sequence[int]) -> Spread:
    """people: marked in each frame; at least one frame.

    >>> spread_of([46, 47, 47, 48, 48, 48, 49, 50, 50, 51]).is_one_moment
    True
    >>> spread_of([12, 30, 41, 47, 22, 35, 50, 61, 44, 18]).is_one_moment
    False
    """
    return Spread(len(people), min(people), max(people), _is_one_moment(people))


def _is_one_moment(people: Sequence[int]) -> bool:
    """Whether they vary less than people who come and go singly, at an even rate, do one time in a hundred.

    The index of dispersion, sum((n - mean)^2) / mean, is chi-squared of frames - 1 then (Fisher 1950); crowds that
    swell and ebb, and people in company, vary more. Nothing is known of frames in which nobody is.
    """
    mean = float(np.mean(people))
    if len(people) < FEWEST_FRAMES or mean == 0:
        return False
    dispersion = float(np.sum((np.array(people) - mean) ** 2)) / mean
    return dispersion < chi_squared_at(Z_OF_ONE_IN_A_HUNDRED, len(people) - 1)


def chi_squared_at(z: float, degrees: int) -> float:
    """Where chi-squared of so many degrees of freedom is as unlikely as the normal at `z` (Wilson & Hilferty 1931).

    >>> round(chi_squared_at(-2.326, 19), 2)
    7.6
    """
    share = 2 / (9 * degrees)
    return degrees * (1 - share + z * math.sqrt(share)) ** 3
