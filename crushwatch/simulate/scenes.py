"""The scenarios, as data: what stands where, which camera sees it, in which light. To add one is to add a `Scene`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from crushwatch.simulate.backdrop import Facade
from crushwatch.simulate.barrier import Barrier
from crushwatch.simulate.ground import Floor, Mark
from crushwatch.simulate.lamp import Lamp
from crushwatch.simulate.lens import Lens
from crushwatch.simulate.light import Light

Corners = tuple[tuple[float, float], ...]
Course = Literal["calm", "crush", "sudden"]
"""Never a danger; filling up over minutes to more than 6 per m2; dangerous within half a minute."""


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
    obstacles: ground on which nobody can stand
    looks_at_m: where people look who stand, if not where they went       course: how dangerous it gets, and how fast
    """

    name: str
    title: str
    trajectories: str | None
    height_m: float
    tilt_deg: float
    focal: float
    floor: Floor
    light: Light
    lens: Lens
    regions: dict[str, SceneRegion]
    course: Course
    obstacles: dict[str, Corners] = field(default_factory=dict)
    barriers: tuple[Barrier, ...] = ()
    marks: tuple[Mark, ...] = ()
    facades: tuple[Facade, ...] = ()
    lamps: tuple[Lamp, ...] = ()
    looks_at_m: tuple[float, float] | None = None
    sky_colour: tuple[float, float, float] = (205, 214, 226)
    frame_rate_hz: float = 10.0
    seed: int = 7


_DAY = Light(towards_sun=(-0.45, 0.75, 0.48), sky=(0.74, 0.77, 0.82), sun=(0.48, 0.45, 0.39))
_OVERCAST = Light(towards_sun=(0.3, 0.9, 0.3), sky=(0.92, 0.95, 1.0), sun=(0.16, 0.16, 0.15))
_CCTV = Lens(blur_px=0.6, noise=2.5, jpeg_quality=0)
_CLOSED = ((0.0, 330.0), (385.0, 430.0))
_CLOSED_AFTER_A_RUSH = ((0.0, 134.0), (214.0, 240.0))


def _gate_barriers(open_m: float, closed_s: tuple[tuple[float, float], ...]) -> tuple[Barrier, ...]:
    """A hall 7 m wide before a gate that stands a little open, but for some time wide."""
    half_m = open_m / 2 + 0.04
    return (
        Barrier(((-3.7, 7.3), (-3.7, 30.0))),
        Barrier(((3.7, 7.3), (3.7, 30.0))),
        Barrier(((-3.7, 7.3), (-3.2, 7.3)), kind="panel", colour=(178, 52, 44)),
        Barrier(((3.2, 7.3), (3.7, 7.3)), kind="panel", colour=(178, 52, 44)),
        Barrier(((-3.2, 7.3), (-half_m, 7.3)), closed_s=closed_s),
        Barrier(((half_m, 7.3), (3.2, 7.3)), closed_s=closed_s),
        Barrier(((-3.7, 3.0), (-3.7, 7.3))),
        Barrier(((3.7, 3.0), (3.7, 7.3))),
    )


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
            polygon_m=((-3.6, 7.15), (3.6, 7.15), (3.6, 12.3), (-3.6, 12.3)),
            actions={
                "caution": "Hold the queue at the outer cordon.",
                "alert": "Stop entry, open the side gates.",
                "critical": "Open all gates, stop the inflow, call medical.",
            },
        )
    },
    barriers=_gate_barriers(1.0, _CLOSED),
    marks=(Mark(((-3.6, 6.95), (3.6, 6.95), (3.6, 7.15), (-3.6, 7.15)), (214, 178, 56), 0.75),),
    course="crush",
)

_RUSH = replace(
    _GATE,
    name="rush",
    title="North gate, a train has come",
    trajectories="rush",
    barriers=_gate_barriers(0.72, _CLOSED_AFTER_A_RUSH),
    course="sudden",
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
    course="calm",
)

_EMPTY = replace(_CALM, name="empty", title="Concourse after hours", trajectories=None)

_NIGHT = replace(
    _GATE,
    name="night",
    title="North gate by night",
    light=Light(towards_sun=(0.1, 0.9, 0.42), sky=(0.13, 0.14, 0.18), sun=(0.20, 0.17, 0.13)),
    lens=Lens(blur_px=0.8, noise=7.0, jpeg_quality=0),
    lamps=(Lamp((-3.5, 7.0), 4.5), Lamp((3.5, 7.0), 4.5), Lamp((0.0, 15.0), 6.0)),
    seed=11,
)

_CALM_NIGHT = replace(
    _NIGHT,
    name="calm-night",
    title="North gate, an evening like others",
    trajectories="calm-night",
    barriers=_gate_barriers(1.0, ((0.0, 180.0),)),
    seed=16,
    course="calm",
)

_RAIN = replace(
    _CALM,
    name="rain",
    title="West concourse in rain",
    floor=Floor(kind="slabs", slab_m=(1.2, 1.2), colour=(112, 112, 112), contrast=1.5, turn_rad=0.35, seed=9),
    light=Light(towards_sun=(0.2, 0.95, 0.2), sky=(0.66, 0.69, 0.74), sun=(0.06, 0.06, 0.06)),
    lens=Lens(blur_px=0.8, noise=3.0, jpeg_quality=0, contrast=0.9, rain=0.8),
    seed=12,
)

_ALLEY = Scene(
    name="alley",
    title="Hill alley",
    trajectories="alley",
    height_m=6.5,
    tilt_deg=30,
    focal=1.05,
    floor=Floor(kind="bricks", slab_m=(0.4, 0.2), colour=(126, 118, 110), contrast=0.9, seed=21),
    light=_OVERCAST,
    lens=_CCTV,
    regions={
        "narrows": SceneRegion(
            name="The narrows",
            polygon_m=((-2.2, 8.0), (2.2, 8.0), (2.2, 15.0), (-2.2, 15.0)),
            kind="moving",
            actions={"caution": "One way only: hold those who come up.", "critical": "Turn back those who come up."},
        )
    },
    obstacles={
        "left-stall": ((-2.3, 11.9), (-1.0, 11.9), (-1.0, 13.2), (-2.3, 13.2)),
        "right-stall": ((1.0, 11.9), (2.3, 11.9), (2.3, 13.2), (1.0, 13.2)),
    },
    facades=(
        Facade(((-2.4, 40.0), (-2.4, 3.0)), 5.2, 2.6, (138, 120, 104), seed=3),
        Facade(((2.4, 3.0), (2.4, 40.0)), 5.2, 2.8, (112, 112, 118), seed=4),
    ),
    barriers=(
        Barrier(((-2.3, 11.9), (-1.0, 11.9)), 1.0, "panel", (60, 92, 140)),
        Barrier(((1.0, 11.9), (2.3, 11.9)), 1.0, "panel", (150, 120, 70)),
        Barrier(((-1.0, 11.9), (-1.0, 13.2)), 1.0, "panel", (60, 92, 140)),
        Barrier(((1.0, 11.9), (1.0, 13.2)), 1.0, "panel", (150, 120, 70)),
    ),
    seed=13,
    course="crush",
)

_CONCERT = Scene(
    name="concert",
    title="Main stage, front",
    trajectories="concert",
    height_m=7.0,
    tilt_deg=36,
    focal=0.92,
    floor=Floor(kind="asphalt", colour=(96, 96, 98), contrast=0.8, seed=31),
    light=Light(towards_sun=(-0.6, 0.55, 0.58), sky=(0.55, 0.58, 0.66), sun=(0.62, 0.52, 0.40)),
    lens=_CCTV,
    regions={
        "front": SceneRegion(
            name="Before the stage",
            polygon_m=((-4.0, 7.2), (4.0, 7.2), (4.0, 11.6), (-4.0, 11.6)),
            actions={"alert": "Stop the music, ask people to step back.", "critical": "Open the front barrier."},
        )
    },
    barriers=(Barrier(((-7.0, 7.2), (7.0, 7.2)), 1.15, "panel", (70, 72, 78)),),
    looks_at_m=(0.0, -4.0),
    seed=14,
    course="sudden",
)

_CALM_CONCERT = replace(
    _CONCERT,
    name="calm-concert",
    title="Main stage, the pen in front",
    trajectories="calm-concert",
    barriers=(
        *_CONCERT.barriers,
        Barrier(((-4.0, 7.3), (-4.0, 11.6))),
        Barrier(((4.0, 7.3), (4.0, 11.6))),
        Barrier(((-4.0, 11.6), (4.0, 11.6))),
    ),
    seed=17,
    course="calm",
)

_BESIDE_THE_DOORS = ((-7.0, -4.7), (-3.3, 3.3), (4.7, 7.0))

_EVACUATION = Scene(
    name="evacuation",
    title="Hall B, exits",
    trajectories="evacuation",
    height_m=7.5,
    tilt_deg=38,
    focal=0.80,
    floor=Floor(kind="slabs", slab_m=(0.6, 0.6), colour=(172, 168, 160), contrast=0.5, seed=41),
    light=Light(towards_sun=(0.0, 1.0, 0.1), sky=(0.90, 0.92, 0.94), sun=(0.2, 0.2, 0.19)),
    lens=_CCTV,
    regions={
        "west-door": SceneRegion("West door", ((-6.0, 4.9), (-2.0, 4.9), (-2.0, 10.0), (-6.0, 10.0)), "moving"),
        "east-door": SceneRegion("East door", ((2.0, 4.9), (6.0, 4.9), (6.0, 10.0), (2.0, 10.0)), "moving"),
    },
    obstacles={
        f"wall-{number}": ((start, 4.9), (end, 4.9), (end, 5.6), (start, 5.6))
        for number, (start, end) in enumerate(_BESIDE_THE_DOORS, start=1)
    },
    barriers=tuple(
        Barrier(((start, 5.6), (end, 5.6)), 1.2, "panel", (176, 172, 166)) for start, end in _BESIDE_THE_DOORS
    ),
    seed=15,
    course="sudden",
)

_ALL = (
    _GATE, _RUSH, _CALM, _ALLEY, _CONCERT, _EVACUATION, _EMPTY, _NIGHT, _RAIN, _CALM_NIGHT, _CALM_CONCERT,
)  # fmt: skip

SCENES: dict[str, Scene] = {scene.name: scene for scene in _ALL}
"""All scenarios by name."""
