"""Every state of the screen as a made-up site: what its cameras see, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from crushwatch.messages import Level
from service.api.views import CameraCondition, LevelsView

STANDING = LevelsView(notice=2, caution=3, alert=4, critical=5)
MOVING = LevelsView(notice=1.5, caution=2, alert=3, critical=4)


@dataclass(frozen=True)
class Held:
    """A made-up region's level that stays: since when it was calm enough, or was not believed, when the scene began."""

    level: Level
    calm_for_s: float | None = None
    doubted_for_s: float | None = None


@dataclass(frozen=True)
class Told:
    """What another rule says of a made-up region."""

    rule: str
    level: Level
    because: str


@dataclass(frozen=True)
class Ground:
    """One made-up region: how dense it is now, and how fast that changes."""

    id: str
    name: str
    density_per_m2: float | None
    rate_per_m2_per_min: float = 0.0
    kind: str = "standing"
    outline: tuple[tuple[float, float], ...] | None = ((0.08, 0.92), (0.3, 0.35), (0.72, 0.35), (0.95, 0.92))
    peak_factor: float = 1.15
    area_m2: float = 60.0
    action: str | None = None
    has_band: bool = True
    doubts: tuple[str, ...] = ()
    gate: tuple[tuple[float, float], tuple[float, float]] | None = None
    held: Held | None = None
    told: tuple[Told, ...] = ()

    @property
    def thresholds(self) -> LevelsView:
        """Those of its kind."""
        return MOVING if self.kind == "moving" else STANDING


@dataclass(frozen=True)
class Eye:
    """One made-up camera."""

    id: str
    name: str
    grounds: tuple[Ground, ...]
    state: CameraCondition = CameraCondition.OK
    lost_for_s: float = 0.0
    simulated: bool = False
    late_s: float = 0.0
    analysed_hz: float = 2.0


LEFT = ((0.05, 0.95), (0.2, 0.4), (0.45, 0.4), (0.45, 0.95))
ENTRY = ((0.2, 0.4), (0.45, 0.4))
RIGHT = ((0.52, 0.95), (0.52, 0.4), (0.75, 0.4), (0.97, 0.95))

CALM = (
    Eye(
        "north",
        "North square",
        (
            Ground("gate", "North gate", 1.2, 0.02, outline=LEFT, action="open gate B, call 3", gate=ENTRY),
            Ground("stairs", "Stairs", 0.4, -0.01, kind="moving", outline=RIGHT, action="stop the escalator"),
        ),
    ),
    Eye("alley", "Alley", (Ground("alley", "Alley", 0.9, 0.03, kind="moving", action="one way only, call 5"),)),
    Eye("stage", "Main stage", (Ground("front", "Front of stage", 1.6, -0.1, action="music down, call 1"),)),
    Eye("drill", "Drill gate", (Ground("gate", "Simulated gate", 0.7, 0.01),), simulated=True),
)


def _with(eyes: tuple[Eye, ...], camera: str, **changes: object) -> tuple[Eye, ...]:
    return tuple(replace(eye, **changes) if eye.id == camera else eye for eye in eyes)  # type: ignore[arg-type]


def _dense(eyes: tuple[Eye, ...], camera: str, density_per_m2: float, rate: float, **more: object) -> tuple[Eye, ...]:
    grounds = next(eye for eye in eyes if eye.id == camera).grounds
    first = replace(grounds[0], density_per_m2=density_per_m2, rate_per_m2_per_min=rate, **more)  # type: ignore[arg-type]
    return _with(eyes, camera, grounds=(first, *grounds[1:]))


def _slow(eyes: tuple[Eye, ...]) -> tuple[Eye, ...]:
    return tuple(replace(eye, analysed_hz=0.5 + 0.1 * index) for index, eye in enumerate(eyes))


def _many(count: int) -> tuple[Eye, ...]:
    densities = [0.3 + 1.4 * ((index * 37) % 10) / 10 for index in range(count)]
    return tuple(
        Eye(f"cam-{index + 1}", f"Place {index + 1}", (Ground("ground", f"Ground {index + 1}", density),))
        for index, density in enumerate(densities)
    )


def _bad_night() -> tuple[Eye, ...]:
    """Twenty cameras, most of them above clear, one lost."""
    eyes = _many(20)
    for index, density in enumerate((5.6, 3.2, 4.4, 2.2, 5.1, 3.8, 2.4, 4.1, 2.1, 3.4, 2.7, 4.7)):
        eyes = _dense(eyes, f"cam-{index + 3}", density, 0.3, action="open the side gates, call 1")
    return _with(eyes, "cam-18", state=CameraCondition.SILENT, lost_for_s=41.0)


_FAR = ("far away: the smallest heads are 5.1 px wide",)
_FORESEEN = Told("forecast", Level.ALERT, "will pass 5.0 people/m² in 22 s (14 s to 42 s), at 3.1 rising 2.0 a minute")
_FAST = Told("rise", Level.CAUTION, "+1.6 people/m² a minute, threshold 1.0, at 3.5 per m²")
_SHAKEN = ("the picture is blurred",)
_CAUTION = _dense(CALM, "stage", 3.3, 0.2)
_CRITICAL = _dense(_CAUTION, "north", 5.4, 0.8)
SCENARIOS: dict[str, tuple[Eye, ...]] = {
    "calm": CALM,
    "caution": _CAUTION,
    "alert": _dense(CALM, "alley", 3.4, 0.4),
    "critical-alley": _dense(CALM, "alley", 4.4, 0.4),
    "critical": _CRITICAL,
    "calming": _dense(_CAUTION, "north", 1.2, -0.4, held=Held(Level.CRITICAL, calm_for_s=25)),
    "calming-to-alert": _dense(_CAUTION, "north", 3.57, 0.0, held=Held(Level.CRITICAL, calm_for_s=25)),
    "calm-soon": _dense(_CAUTION, "north", 1.2, -0.4, held=Held(Level.CRITICAL, calm_for_s=52)),
    "calming-slowly": _dense(_CAUTION, "north", 3.8, -0.1, held=Held(Level.CRITICAL)),
    "calm-doubted": _dense(_CAUTION, "north", 1.2, -0.4, held=Held(Level.CRITICAL, doubted_for_s=3), doubts=_SHAKEN),
    "calm-not-believed": _dense(
        _CAUTION, "north", 1.2, -0.4, held=Held(Level.CRITICAL, doubted_for_s=90), doubts=_SHAKEN
    ),
    "peak": _dense(CALM, "stage", 2.4, 0.1, peak_factor=2.2),
    "lost": _with(_dense(CALM, "north", 2.1, 0.0), "north", state=CameraCondition.SILENT, lost_for_s=41.0),
    "lost-in-alert": _with(_CRITICAL, "north", state=CameraCondition.FROZEN, lost_for_s=23.0),
    "off": _with(CALM, "stage", state=CameraCondition.OFF, lost_for_s=3600.0),
    "late": _with(CALM, "stage", late_s=7.0),
    "too-late": _with(CALM, "stage", late_s=20.0),
    "slow-machine": _slow(CALM),
    "uncalibrated": (*CALM[:3], Eye("hall", "Hall", (Ground("picture", "Whole picture", None, outline=None),))),
    "band-unknown": _dense(CALM, "stage", 4.3, 0.1, has_band=False),
    "sixteen": _dense(_dense(_many(16), "cam-11", 4.3, 0.5), "cam-6", 3.1, 0.1),
    "one": _dense(CALM[2:3], "stage", 2.4, 0.1),
    "six": _dense(_dense(_dense(_many(6), "cam-4", 5.4, 0.8), "cam-2", 3.3, 0.2), "cam-6", 4.1, 0.1),
    "bad-night": _bad_night(),
    "calming-night": _dense(_bad_night(), "cam-3", 1.2, -0.4, held=Held(Level.CRITICAL, calm_for_s=5)),
    "night-to-alert": _dense(_bad_night(), "cam-3", 3.57, 0.0, held=Held(Level.CRITICAL, calm_for_s=5)),
    "twenty": _dense(_many(20), "cam-19", 5.2, 0.5),
    "doubtful": _dense(CALM[1:3], "alley", 2.3, 0.1, peak_factor=1.9, doubts=_FAR),
    "foreseen": _dense(CALM, "north", 2.4, 1.6, told=(_FORESEEN,)),
    "risen": _dense(CALM, "north", 3.6, 1.6, peak_factor=1.2),
    "foreseen-and-alert": _dense(CALM, "north", 3.6, 1.6, peak_factor=1.2, told=(_FORESEEN, _FAST)),
    "foreseen-and-critical": _dense(CALM, "north", 5.4, 1.6, told=(_FORESEEN, _FAST)),
    "critical-and-fast": _dense(CALM, "north", 5.4, 1.6, told=(_FAST,)),
    "two-regions": _dense(CALM, "north", 2.3, 0.2, peak_factor=1.2, doubts=_FAR),
    "nine": _dense(_dense(_many(9), "cam-2", 3.2, 0.3, doubts=_FAR), "cam-5", 2.4, 0.1, peak_factor=2.2),
    "sixty-four": _dense(_dense(_many(64), "cam-2", 3.2, 0.3, doubts=_FAR), "cam-50", 4.2, 0.1),
    "two": _dense(CALM[1:3], "alley", 4.4, 0.3),
    "hostile": _dense(_with(CALM, "stage", name="<img src=x onerror=alert(1)>"), "stage", 4.4, 0.1, name="<b>Bold</b>"),
    "empty": (),
}
