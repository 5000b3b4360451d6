"""A region: the piece of ground whose density somebody answers for."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from crushwatch.site.outline import Outline
from crushwatch.site.part import Part
from crushwatch.site.rule import Certainty, Levels, RaiseAfter, Rules


class Actions(Part):
    """What the venue's plan says to do; the text travels with the alert."""

    notice: str | None = Field(default=None, max_length=500, description="What to do at `notice`.")
    caution: str | None = Field(default=None, max_length=500, description="What to do at `caution`.")
    alert: str | None = Field(default=None, max_length=500, description="What to do at `alert`.")
    critical: str | None = Field(default=None, max_length=500, description="What to do at `critical`.")


class Region(Outline):
    """A polygon on the ground, drawn in the picture (`polygon_px`) or given in metres (`polygon_m`)."""

    kind: Literal["standing", "moving"] = Field(
        default="standing", description="Chooses the site's levels: do people stand here, or walk through?"
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

    def levels_by(self, rules: Rules) -> Levels:
        """Its own thresholds, else the site's for its kind."""
        return self.levels or (rules.moving if self.kind == "moving" else rules.standing)
