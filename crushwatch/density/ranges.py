"""Numbers that a recipe may hold; pydantic refuses others where a YAML is read."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

OneOrMore = Annotated[int, Field(ge=1)]
ZeroOrMore = Annotated[int, Field(ge=0)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
BelowOne = Annotated[float, Field(ge=0, lt=1)]
Seed = Annotated[int, Field(ge=0, lt=2**40)]
"""Multiplied by a prime near a million it still fits where torch wants a seed."""
