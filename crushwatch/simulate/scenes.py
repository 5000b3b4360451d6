"""The scenarios, as data: what stands where, which camera sees it, in which light. To add one is to add a `Scene`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from crushwatch.simulate.backdrop import Facade
from crushwatch.simulate.barrier import Barrier
from crushwatch.simulate.ground import Floor, Mark
from crushwatch.simulate.lens import Lens
from crushwatch.simulate.light import Light

Corners = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class SceneRegion:
    """A piece of ground that the scenario's camera watches, with what to do when it fills."""

    name: str
    polygon_m: Corners
    kind: Literal["standing", "moving"] = "standing"
    actions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Scene:
    """One scenario. The camera stands over the origin of the ground and looks along y.

    focal: focal length as a share of the picture's width     trajectories: file in `trajectories/`, without .npz
    """

    name: str
    title: str
    trajectories: str
    height_m: float
    tilt_deg: float
    focal: float
    floor: Floor
    light: Light
    lens: Lens
    regions: dict[str, SceneRegion]
    barriers: tuple[Barrier, ...] = ()
    marks: tuple[Mark, ...] = ()
    facades: tuple[Facade, ...] = ()
    sky_colour: tuple[float, float, float] = (205, 214, 226)
    frame_rate_hz: float = 10.0
    seed: int = 7


_DAY = Light(towards_sun=(-0.45, 0.75, 0.48), sky=(0.74, 0.77, 0.82), sun=(0.48, 0.45, 0.39))
_OVERCAST = Light(towards_sun=(0.3, 0.9, 0.3), sky=(0.92, 0.95, 1.0), sun=(0.16, 0.16, 0.15))
_CCTV = Lens(blur_px=0.6, noise=2.5, jpeg_quality=0)
_CLOSED = ((0.0, 134.0), (214.0, 240.0))

_GATE = Scene(
    name="gate",
    title="North gate",
    trajectories="gate",
    height_m=7.5,
    tilt_deg=36,
    focal=0.98,
    floor=Floor(kind="slabs", slab_m=(0.9, 0.6), colour=(146, 142, 136), seed=5),
    light=_DAY,
    lens=_CCTV,
    regions={
        "before-gate": SceneRegion(
            name="Before the gate",
            polygon_m=((-2.6, 7.7), (2.6, 7.7), (2.6, 12.3), (-2.6, 12.3)),
            actions={
                "caution": "Hold the queue at the outer cordon.",
                "alert": "Stop entry, open the side gates.",
                "critical": "Open all gates, stop the inflow, call medical.",
            },
        )
    },
    barriers=(
        Barrier(((-3.7, 7.3), (-3.7, 30.0))),
        Barrier(((3.7, 7.3), (3.7, 30.0))),
        Barrier(((-3.7, 7.3), (-3.2, 7.3)), kind="panel", colour=(178, 52, 44)),
        Barrier(((3.2, 7.3), (3.7, 7.3)), kind="panel", colour=(178, 52, 44)),
        Barrier(((-3.2, 7.3), (-0.4, 7.3)), closed_s=_CLOSED),
        Barrier(((0.4, 7.3), (3.2, 7.3)), closed_s=_CLOSED),
        Barrier(((-3.7, 3.0), (-3.7, 7.3))),
        Barrier(((3.7, 3.0), (3.7, 7.3))),
    ),
    marks=(Mark(((-3.6, 6.95), (3.6, 6.95), (3.6, 7.15), (-3.6, 7.15)), (214, 178, 56), 0.75),),
)

_CALM = Scene(
    name="calm",
    title="West concourse",
    trajectories="calm",
    height_m=5.8,
    tilt_deg=29,
    focal=0.92,
    floor=Floor(kind="slabs", slab_m=(1.2, 1.2), colour=(168, 162, 152), contrast=0.8, turn_rad=0.35, seed=9),
    light=_OVERCAST,
    lens=_CCTV,
    regions={
        "concourse": SceneRegion(
            name="Concourse", polygon_m=((-4.0, 8.0), (4.0, 8.0), (4.0, 16.0), (-4.0, 16.0)), kind="moving"
        )
    },
    seed=2,
)

SCENES: dict[str, Scene] = {scene.name: scene for scene in (_GATE, _CALM)}
"""All scenarios by name."""
