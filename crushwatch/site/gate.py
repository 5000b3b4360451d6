"""A gate: a line on the ground through which people come into a region and leave it."""

from __future__ import annotations

from pydantic import Field, ValidationInfo, field_validator

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

    @field_validator("line_px", "line_m")
    @classmethod
    def _has_a_length(cls, line: tuple[Point, Point] | None) -> tuple[Point, Point] | None:
        if line and line[0] == line[1]:
            raise ValueError("both ends of the line are the same")
        return line

    @field_validator("line_m")
    @classmethod
    def _one_line(cls, line_m: tuple[Point, Point] | None, before: ValidationInfo) -> tuple[Point, Point] | None:
        if "line_px" in before.data and (before.data["line_px"] is None) == (line_m is None):
            raise ValueError("give either line_px or line_m")
        return line_m
