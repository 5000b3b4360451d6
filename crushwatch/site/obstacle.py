"""An obstacle: ground on which nobody can stand."""

from __future__ import annotations

from crushwatch.site.outline import Outline


class Obstacle(Outline):
    """A wall, a pillar, a stall, a parked van: its ground is no part of the area on which a region's people stand."""
