"""A region: the piece of ground whose density somebody answers for."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator
from shapely.geometry import Polygon
from shapely.validation import explain_validity

from crushwatch.site.part import Part, Point
from crushwatch.site.rule import Certainty, Levels, RaiseAfter


class Actions(Part):
    """What the venue's plan says to do; the text travels with the alert."""

    notice: str | None = Field(default=None, max_length=500, description="What to do at `notice`.")
    caution: str | None = Field(default=None, max_length=500, description="What to do at `caution`.")
    alert: str | None = Field(default=None, max_length=500, description="What to do at `alert`.")
    critical: str | None = Field(default=None, max_length=500, description="What to do at `critical`.")


class Region(Part):
    """A polygon on the ground, drawn in the picture (`polygon_px`) or given in metres (`polygon_m`)."""

    name: str = Field(default="", max_length=80, description="What people call it; the id if left out.")
    kind: Literal["standing", "moving"] = Field(
        default="standing", description="Chooses the site's levels: do people stand here, or walk through?"
    )
    polygon_px: tuple[Point, ...] | None = Field(
        default=None, description="Corners where the ground is seen in the picture, in pixels of `picture_size_px`."
    )
    polygon_m: tuple[Point, ...] | None = Field(
        default=None, description="Corners in metres of the camera's ground plane (needs `ground`)."
    )
    area_m2: float | None = Field(
        default=None,
        gt=0,
        le=1_000_000,
        description="Ground area in m2, for a camera without `ground`; without it there is a count but no density.",
    )
    levels: Levels | None = Field(default=None, description="Thresholds of this region instead of the site's.")
    certainty: Certainty | None = Field(default=None, description="Instead of the site's.")
    hysteresis: float | None = Field(default=None, ge=0, le=0.9, description="Instead of the site's.")
    raise_after_s: RaiseAfter | None = Field(default=None, description="Instead of the site's.")
    clear_after_s: float | None = Field(default=None, ge=0, le=3600, description="Instead of the site's.")
    capacity_people: float | None = Field(
        default=None, gt=0, description="Count from which an alert `capacity` is raised; none if left out."
    )
    actions: Actions = Field(default=Actions(), description="What to do at each level.")

    @field_validator("polygon_px", "polygon_m")
    @classmethod
    def _is_a_polygon(cls, points: tuple[Point, ...] | None) -> tuple[Point, ...] | None:
        if points is None:
            return None
        if len(points) < 3:
            raise ValueError(f"{len(points)} points; a polygon needs at least 3")
        polygon = Polygon(points)
        if not polygon.is_valid:
            raise ValueError(f"the outline crosses or touches itself ({explain_validity(polygon)})")
        if polygon.area <= 0:
            raise ValueError("the outline encloses no area")
        return points

    @model_validator(mode="after")
    def _one_outline(self) -> Self:
        if (self.polygon_px is None) == (self.polygon_m is None):
            raise ValueError("give either polygon_px or polygon_m")
        return self
