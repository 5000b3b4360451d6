"""A gate: a line on the ground through which people come into a region and leave it."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from crushwatch.site.part import Identifier, Part, Point


class Gate(Part):
    """A line of two points, drawn in the picture (`line_px`) or given in metres (`line_m`)."""

    name: str = Field(default="", max_length=80, description="What people call it; the id if left out.")
    into: Identifier = Field(description="The region that it leads into: who goes there comes in.")
    line_px: tuple[Point, Point] | None = Field(
        default=None, description="Both ends where the ground is seen in the picture, in pixels of `picture_size_px`."
    )
    line_m: tuple[Point, Point] | None = Field(
        default=None, description="Both ends in metres of the camera's ground plane."
    )
    width_m: float | None = Field(
        default=None, gt=0, le=1000, description="Clear width in metres; the length of the line if left out."
    )

    @model_validator(mode="after")
    def _one_line(self) -> Self:
        if (self.line_px is None) == (self.line_m is None):
            raise ValueError("give either line_px or line_m")
        line = self.line_px or self.line_m
        if line and line[0] == line[1]:
            raise ValueError("both ends of the line are the same")
        return self
