"""What would become of a camera's layout: the ground, regions, obstacles and gates that somebody draws, tried out.

Nothing is kept and nothing changes: whoever drew it takes the excerpt into the site file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from crushwatch.errors import GroundError
from crushwatch.ground import CameraGround, ground_faults
from crushwatch.ground.certainty import density_share
from crushwatch.ground.overlay import distance_m, overlay, suspect
from crushwatch.regions.outlook import outlook
from crushwatch.site import Camera, Gate, Ground, Obstacle, Outline, Site
from crushwatch.site.excerpt import LAYOUT, layout_excerpt, layout_of
from crushwatch.site.load import look_at_text
from service.api.views import AreaTried, FaultView, GroundTried, LayoutDraft, LayoutTried, LayoutView

_NOT_WATCHED = "webcam:0"
"""Stands for the camera's source: what is drawn does not depend on it."""
MOST_M2 = 500_000.0
TOO_LARGE = (
    f"the regions and obstacles take up more than {MOST_M2 / 1e6:g} km2 together: too large for one camera; draw them "
    "nearer, away from the horizon"
)
LONGEST_TEXT = 400
Pixels = list[tuple[float, float]]


def try_layout(site: Site, key: str, draft: LayoutDraft) -> LayoutTried:
    """What the camera `key` of `site` would be with `draft` for its layout."""
    drawn = draft.model_dump(mode="json", include=set(LAYOUT), exclude_none=True)
    drawn = {name: part for name, part in drawn.items() if part}
    sound, faults = _read(site, key, drawn)
    camera = sound.cameras.get(key)
    if camera is None:
        return LayoutTried(faults=faults)
    fitted = _fitted(camera)
    if fitted is not None and _extent_m2(camera, fitted) > MOST_M2:
        return LayoutTried(faults=[*faults, FaultView(where="regions", text=TOO_LARGE)])
    return LayoutTried(
        faults=faults,
        warnings=[] if faults else [warning.removeprefix(f"cameras.{key}.") for warning in outlook(sound)],
        ground=None if camera.ground is None or fitted is None else _ground(camera.ground, fitted),
        regions=_areas(camera, camera.regions, fitted, camera.obstacles.values()),
        obstacles=_areas(camera, camera.obstacles, fitted),
        gates=_gates(camera.gates, fitted),
        measured_m=None if fitted is None or draft.measure_px is None else distance_m(fitted, *draft.measure_px),
        excerpt=None if faults else layout_excerpt(drawn),
    )


def present_layout(camera: Camera) -> LayoutView:
    """As the site file has it."""
    return LayoutView.model_validate(layout_of(camera))


def _read(site: Site, key: str, drawn: Mapping[str, Any]) -> tuple[Site, list[FaultView]]:
    """The site with that camera alone, as far as it is sound, and every fault: as `crushwatch check` finds them."""
    camera = {"source": _NOT_WATCHED, "engine_shape": list(site.cameras[key].engine_shape), **drawn}
    look = look_at_text(yaml.safe_dump({"id": site.id, "cameras": {key: camera}}, sort_keys=False))
    look = look.further(ground_faults(look.site))
    faults = [
        FaultView(where=fault.key.removeprefix(f"cameras.{key}.")[:LONGEST_TEXT], text=fault.text[:LONGEST_TEXT])
        for fault in look.faults
    ]
    return look.site.model_copy(update={"rules": site.rules}), faults


def _fitted(camera: Camera) -> CameraGround | None:
    try:
        return CameraGround.of(camera)
    except GroundError:  # among the faults
        return None


def _extent_m2(camera: Camera, ground: CameraGround) -> float:
    """Of the boxes around all regions and obstacles that lie on the ground: what trying them out costs."""
    total = 0.0
    for drawn in (*camera.regions.values(), *camera.obstacles.values()):
        try:
            total += float(np.prod(np.ptp(ground.outline_m(drawn), axis=0)))
        except GroundError:  # among the faults
            continue
    return total


def _ground(ground: Ground, fitted: CameraGround) -> GroundTried:
    seen, error_px = overlay(ground, fitted), fitted.reprojection_error_px
    return GroundTried(
        height_m=round(fitted.pose.height_m, 2),
        tilt_deg=round(fitted.pose.tilt_deg, 1),
        reprojection_error_px=None if error_px is None else round(error_px, 2),
        residuals_px=[round(float(residual), 1) for residual in seen.residuals_px],
        suspect=suspect(ground, fitted),
        step_m=seen.step_m,
        lines=[_pixels(line) for line in seen.lines_px],
        people=[(feet, head) for feet, head in map(_pixels, seen.people_px)],
    )


def _areas(
    camera: Camera, outlines: Mapping[str, Outline], ground: CameraGround | None, obstacles: Iterable[Obstacle] = ()
) -> dict[str, AreaTried]:
    """By id; what lies behind the camera or above the horizon is among the faults."""
    found: dict[str, AreaTried] = {}
    for key, drawn in outlines.items():
        try:
            found[key] = _area(camera, drawn, ground, tuple(obstacles))
        except GroundError:
            continue
    return found


def _area(camera: Camera, drawn: Outline, ground: CameraGround | None, obstacles: Iterable[Obstacle]) -> AreaTried:
    if ground is None or camera.ground is None:
        return AreaTried(outline=list(drawn.polygon_px or ()))
    floor = ground.floor(drawn, obstacles)
    return AreaTried(
        outline=_pixels(ground.outline_px(drawn)),
        area_m2=round(floor.area_m2, 2),
        density_within=round(density_share(camera.ground, ground.picture_size_px, floor.outline_m), 3),
    )


def _gates(gates: Mapping[str, Gate], ground: CameraGround | None) -> dict[str, Pixels]:
    found: dict[str, Pixels] = {}
    if ground is None:
        return found
    for key, gate in gates.items():
        try:
            found[key] = _pixels(ground.line_px(gate))
        except GroundError:
            continue
    return found


def _pixels(points: npt.NDArray[np.float64]) -> Pixels:
    return [(round(float(x), 1), round(float(y), 1)) for x, y in points]
