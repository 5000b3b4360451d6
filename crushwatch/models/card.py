"""What is known of a model, as the JSON beside its file has it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

COUNT_ERROR_ALLOWED_PERCENT = 1.0
"""By so much may a count in a reduced precision differ from FP32 before `auto` leaves that precision alone."""

PEOPLE = "people"
"""What a model counts that may watch."""


class Figure(BaseModel):
    """How well the model counts one set of pictures; errors in people a picture."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: str
    pictures: int
    mae: float
    rmse: float
    bias: float
    note: str = ""


class ReducedPrecision(BaseModel):
    """How the model bears arithmetic of fewer bits.

    keep_fp32:                 nodes whose names begin like this are computed in FP32 all the same
    worst_count_error_percent: by precision, the largest difference to FP32's count seen on any picture of ten people
                               or more, with those nodes kept
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    keep_fp32: tuple[str, ...] = ()
    worst_count_error_percent: dict[str, float] = {}


class Quantised(BaseModel):
    """What an INT8 file was made of, and how far its counts are from those of the FP32 file.

    from_sha256:         the FP32 file's
    calibrated_on:       pictures from which the ranges of numbers were taken
    compared_on:         other pictures, on which both counted
    total_error_percent: of the sum of all counts
    mean_error_percent:  mean over pictures of ten people or more, whichever way
    worst_error_percent: the largest of them
    worst_error_people:  the largest difference on a picture of fewer than ten people
    recipe:              how: all in INT8, or what was left out
    made_with:           versions
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    from_sha256: str
    calibrated_on: int
    compared_on: int
    total_error_percent: float
    mean_error_percent: float
    worst_error_percent: float
    worst_error_people: float
    recipe: str = ""
    made_with: dict[str, str] = {}


class ModelCard(BaseModel):
    """One model: what it is, what it learnt from, how well it counts, and where it fails.

    A card that was written on export lacks what only somebody who measures can say.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    network: str = Field(description="what crushwatch.density.networks calls it")
    sha256: str
    summary: str = ""
    counts: str = Field(default=PEOPLE, description="what it counts, in the plural")
    licence: str = "not stated"
    parameters: int | None = None
    gflop_1024x768: float | None = None
    trained_on: tuple[str, ...] = ()
    recipe: dict[str, Any] = Field(default={}, description="of crushwatch train; shipped models have theirs as a YAML")
    commit: str | None = Field(default=None, description="of the code that trained it")
    figures: tuple[Figure, ...] = ()
    limits: tuple[str, ...] = ()
    reduced_precision: ReducedPrecision = ReducedPrecision()
    quantised: Quantised | None = None

    def allows(self, precision: str) -> bool:
        """Whether counts in that precision were measured to be those of FP32 within 1 %."""
        worst = self.reduced_precision.worst_count_error_percent.get(precision)
        return worst is not None and worst <= COUNT_ERROR_ALLOWED_PERCENT
