"""How far INT8's counts are from FP32's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crushwatch.errors import EngineError

PEOPLED = 10.0
"""A picture of fewer people has no percentage worth the name; its difference is told in people."""

Counts = npt.NDArray[np.float64]
"""(pictures,) people."""


@dataclass(frozen=True)
class Difference:
    """The figures that `crushwatch.models.Quantised` explains."""

    total_error_percent: float
    mean_error_percent: float
    worst_error_percent: float
    worst_error_people: float

    def is_within(self, allowed_percent: float) -> bool:
        """In all, and in the mean over pictures."""
        return max(self.total_error_percent, self.mean_error_percent) <= allowed_percent

    def __str__(self) -> str:
        return (
            f"{self.total_error_percent:.2f} % in all, {self.mean_error_percent:.2f} % in the mean over pictures, "
            f"{self.worst_error_percent:.2f} % at worst, {self.worst_error_people:.2f} people at worst where few are"
        )


def compare(wanted: Counts, found: Counts) -> Difference:
    """FP32's counts, which `refuse_few` has let pass, and INT8's.

    >>> compare(np.array([100.0, 50.0, 0.0]), np.array([101.0, 49.0, 0.25]))
    Difference(total_error_percent=0.17, mean_error_percent=1.5, worst_error_percent=2.0, worst_error_people=0.25)
    """
    peopled = wanted >= PEOPLED
    relative = 100 * np.abs(found - wanted)[peopled] / wanted[peopled]
    total = 100 * abs(found.sum() / wanted.sum() - 1)
    few = np.abs(found - wanted)[~peopled].max(initial=0.0)
    return Difference(*(round(float(value), 2) for value in (total, relative.mean(), relative.max(), few)))


def refuse_few(wanted: Counts) -> None:
    """Raise EngineError where there is hardly anybody to count."""
    if not (wanted >= PEOPLED).any():
        raise EngineError(
            f"of {len(wanted)} pictures to compare on (whose number ends in 3) none holds {PEOPLED:.0f} people: take "
            "pictures of crowds"
        )
