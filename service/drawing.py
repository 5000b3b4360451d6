"""What is drawn over a camera's picture, from the site file: outlines of regions, obstacles, lines of gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from crushwatch.errors import GroundError
from crushwatch.ground import CameraGround
from crushwatch.site import Camera, Gate, Outline

log = structlog.get_logger("crushwatch.service.drawing")

Corners = list[tuple[float, float]]
Line = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True)
class Drawing:
    """What is drawn over a camera's picture: outlines of regions and lines of gates, by id; outlines of obstacles."""

    outlines: Mapping[str, Corners | None]
    lines: Mapping[str, Line | None]
    obstacles: Sequence[Corners]


def drawing_of(name: str, camera: Camera) -> Drawing:
    """Of a camera of that name; what lies behind it or above the horizon is left out and logged."""
    try:
        ground = CameraGround.of(camera)
    except GroundError as error:
        log.warning("no outlines: the ground points fit no camera", camera=name, why=str(error))
        ground = None
    taken = [_outline(name, key, camera, obstacle, ground) for key, obstacle in camera.obstacles.items()]
    return Drawing(
        outlines={key: _outline(name, key, camera, region, ground) for key, region in camera.regions.items()},
        lines={key: _line(camera, gate, ground) for key, gate in camera.gates.items()},
        obstacles=[corners for corners in taken if corners is not None],
    )


def _outline(name: str, key: str, camera: Camera, drawn: Outline, ground: CameraGround | None) -> Corners | None:
    """Corners from 0 to 1 across and down the picture."""
    if camera.picture_size_px is None or (ground is None and drawn.polygon_px is None):
        return None
    try:
        corners = drawn.polygon_px or ground.outline_px(drawn).tolist()  # type: ignore[union-attr]  # see above
    except GroundError as error:
        log.warning("no outline", camera=name, outline=key, why=str(error))
        return None
    return [_share(camera.picture_size_px, x, y) for x, y in corners]


def _line(camera: Camera, gate: Gate, ground: CameraGround | None) -> Line | None:
    """Both ends of a gate, None where an end lies behind the camera."""
    if camera.picture_size_px is None or ground is None:
        return None
    try:
        ends = ground.line_px(gate)
    except GroundError:
        return None
    one, other = (_share(camera.picture_size_px, float(x), float(y)) for x, y in ends)
    return one, other


def _share(size_px: tuple[int, int], x: float, y: float) -> tuple[float, float]:
    """From 0 to 1 across and down the picture."""
    return round(x / size_px[0], 5), round(y / size_px[1], 5)
