"""The base of every part of a site file, and the types that several parts share."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints


class Part(BaseModel):
    """Frozen; unknown keys are refused; NaN and infinity are no numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)


Path_ = tuple[str | int, ...]
"""The keys that lead to a value."""


class Misfit(NamedTuple):
    """A key that does not go together with others: below what, what to say of it, and which key must be right for it.

    rests_on: a key of the same part; where that has a fault of its own nothing is sure
    """

    at: Path_
    text: str
    rests_on: str = ""


class MisfitsError(ValueError):
    """Raised by a part for its keys, all at once."""

    def __init__(self, misfits: Iterable[Misfit]) -> None:
        self.misfits = tuple(misfits)
        super().__init__("\n".join(f"{'.'.join(map(str, found.at))}: {found.text}" for found in self.misfits))


Identifier = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$", min_length=1, max_length=64)
]
"""Lower-case letters, digits and inner hyphens: it stands in metrics, addresses and file names."""


FARTHEST = 1e7
"""Of a coordinate: the northings of a map are below, and what lies beyond is a slip of the finger."""


def _near(point: tuple[float, float]) -> tuple[float, float]:
    if not all(math.isfinite(value) and abs(value) <= FARTHEST for value in point):
        raise ValueError("a point needs two numbers, each from -10,000,000 to 10,000,000")
    return point


Point = Annotated[tuple[float, float], AfterValidator(_near)]
"""x, then y."""
