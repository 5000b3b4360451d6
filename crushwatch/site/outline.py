"""An outline of a piece of ground, as a person draws it: in the picture, or in metres."""

from __future__ import annotations

from pydantic import Field, ValidationInfo, field_validator
from shapely.geometry import Polygon
from shapely.validation import explain_validity

from crushwatch.site.part import Part, Point


class Outline(Part):
    """A polygon on the ground, drawn in the picture (`polygon_px`) or given in metres (`polygon_m`)."""

    name: str = Field(default="", max_length=80, description="What people call it; the id if left out.")
    polygon_px: tuple[Point, ...] | None = Field(
        default=None, description="Corners where the ground is seen in the picture, in pixels of `picture_size_px`."
    )
    polygon_m: tuple[Point, ...] | None = Field(
        default=None, description="Corners in metres of the camera's ground plane (needs `ground`)."
    )

    @field_validator("polygon_px", "polygon_m")
    @classmethod
    def _is_a_polygon(cls, points: tuple[Point, ...] | None) -> tuple[Point, ...] | None:
        if points is None:
            return None
        if len(points) < 3:
            raise ValueError(f"{len(points)} points; a polygon needs at least 3")
        polygon = Polygon(points)
        if not polygon.is_valid:
            raise ValueError(
                f"the outline crosses or touches itself ({explain_validity(polygon)}); give its corners in turn"
            )
        if polygon.area <= 0:
            raise ValueError("the outline encloses no area")
        return points

    @field_validator("polygon_m")
    @classmethod
    def _one_outline(cls, polygon_m: tuple[Point, ...] | None, before: ValidationInfo) -> tuple[Point, ...] | None:
        if "polygon_px" in before.data and (before.data["polygon_px"] is None) == (polygon_m is None):
            raise ValueError("give either polygon_px or polygon_m")
        return polygon_m
