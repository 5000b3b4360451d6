"""Who the people are: builds and colours, drawn at random so that a crowd looks like one: mostly dark and muted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from crushwatch.simulate.build import Arms, Build, Hair, Material
from crushwatch.simulate.surface import Floats

_T = TypeVar("_T")

MATERIAL = 100
"""The first material's number in a palette."""

Rgb = tuple[float, float, float]
"""0 to 255, as a display shows them under plain light."""

_SKINS: tuple[Rgb, ...] = (
    (233, 196, 172), (224, 182, 152), (214, 170, 138), (205, 158, 124), (188, 140, 106), (150, 106, 78), (112, 76, 56),
    (84, 58, 44),
)  # fmt: skip
_HAIRS: tuple[Rgb, ...] = (
    (24, 20, 19), (30, 25, 23), (38, 30, 26), (46, 35, 28), (62, 44, 32), (88, 62, 42), (128, 96, 62), (176, 146, 104),
    (150, 146, 142), (202, 198, 194),
)  # fmt: skip
_HAIR_WEIGHTS = np.array([22, 20, 16, 12, 9, 6, 4, 3, 5, 3], dtype=np.float64)
_MUTED: tuple[Rgb, ...] = (
    (28, 29, 32), (36, 38, 44), (30, 36, 52), (48, 52, 60), (58, 60, 62), (74, 78, 84), (96, 98, 100), (60, 54, 46),
    (86, 74, 60), (70, 80, 66), (52, 62, 54), (42, 58, 84), (64, 84, 116), (88, 60, 58), (112, 104, 92),
    (140, 138, 132),
)  # fmt: skip
_LIGHT: tuple[Rgb, ...] = (
    (236, 236, 234), (222, 220, 214), (214, 206, 190), (190, 200, 212), (198, 186, 164), (226, 210, 206),
    (176, 182, 188),
)  # fmt: skip
_BRIGHT: tuple[Rgb, ...] = (
    (176, 38, 40), (204, 62, 48), (222, 138, 46), (228, 196, 60), (58, 124, 78), (44, 96, 170), (70, 150, 190),
    (126, 70, 140), (214, 106, 150), (236, 160, 178), (146, 190, 86), (32, 140, 136),
)  # fmt: skip
_TROUSERS: tuple[Rgb, ...] = (
    (26, 27, 30), (34, 38, 50), (40, 48, 70), (52, 66, 96), (72, 92, 126), (58, 58, 60), (92, 86, 76), (134, 122, 100),
    (180, 172, 156), (70, 62, 54),
)  # fmt: skip
_SHOES: tuple[Rgb, ...] = ((28, 27, 27), (40, 34, 30), (84, 62, 46), (210, 210, 208), (150, 150, 152), (60, 64, 80))

_HAIRSTYLES: tuple[tuple[Hair, float], ...] = (
    (Hair.SHORT, 30), (Hair.CROPPED, 10), (Hair.RECEDING, 6), (Hair.BALD, 3), (Hair.BOB, 9), (Hair.LONG, 16),
    (Hair.PONYTAIL, 8), (Hair.BUN, 4), (Hair.CURLY, 3), (Hair.CAP, 5), (Hair.BEANIE, 3), (Hair.HOOD, 2),
    (Hair.HEADSCARF, 1.5), (Hair.SUNHAT, 1.5),
)  # fmt: skip
_WOMENS = (Hair.BOB, Hair.LONG, Hair.PONYTAIL, Hair.BUN, Hair.HEADSCARF)


@dataclass(frozen=True)
class Outfit:
    """The colours of one person.

    colour: (3, 9) float32, 0 to 255 as a display shows it under light of strength 1, a row a channel, by material
    """

    colour: Floats

    @cached_property
    def palette(self) -> npt.NDArray[np.int32]:
        """(256,): the four bytes of a colour, red, green, blue and 255, by `MATERIAL` + material; 0 for the rest."""
        rgba = np.zeros((256, 4), dtype=np.uint8)
        rgba[MATERIAL : MATERIAL + len(Material), :3] = np.rint(self.colour.T)
        rgba[MATERIAL : MATERIAL + len(Material), 3] = 255
        return rgba.view(np.int32)[:, 0]


def random_build(rng: np.random.Generator) -> Build:
    """A figure as one meets it in a street."""
    hair = _weighted(rng, _HAIRSTYLES)
    woman = hair in _WOMENS or (
        hair in (Hair.CAP, Hair.SUNHAT, Hair.BEANIE, Hair.HOOD, Hair.CURLY) and rng.random() < 0.4
    )
    summer = rng.random() < 0.5
    coat = not summer and rng.random() < 0.25
    return Build(
        hair=hair,
        arms=_weighted(rng, ((Arms.DOWN, 5), (Arms.PHONE, 2.5), (Arms.POCKETS, 2), (Arms.CROSSED, 1.0))),
        girth=float(np.clip(rng.normal(0.95 if woman else 1.04, 0.09), 0.8, 1.35)),
        hips=float(rng.uniform(1.0, 1.1) if woman else rng.uniform(0.94, 1.0)),
        shoulders=float(rng.uniform(0.86, 0.95) if woman else rng.uniform(0.98, 1.1)),
        sleeves=not summer or rng.random() < 0.25,
        open_jacket=not summer and rng.random() < 0.5,
        coat_hem_m=float(rng.uniform(0.5, 0.66)) if coat else 0.78,
        skirt_hem_m=float(rng.uniform(0.35, 0.62)) if woman and rng.random() < 0.3 else None,
        shorts=summer and rng.random() < 0.3,
        trouser_width=float(rng.uniform(0.85, 1.2)),
        backpack=rng.random() < 0.2,
        shoulder_bag=rng.random() < (0.3 if woman else 0.1),
        glasses=rng.random() < 0.15,
        beard=not woman and rng.random() < 0.2,
        pattern=_weighted(rng, (("plain", 6), ("stripes", 1.2), ("checks", 0.8), ("print", 1.2), ("floral", 0.6))),
        head_turn_rad=float(rng.normal(0, 0.3)),
        head_nod_rad=float(rng.normal(0.12, 0.16)),
        seed=int(rng.integers(2**31)),
    )


def random_outfit(rng: np.random.Generator) -> Outfit:
    """Colours for a figure: skin and hair that go together, mostly muted clothes."""
    skin = _SKINS[int(np.clip(rng.gamma(2.2, 1.3), 0, len(_SKINS) - 1))]
    dark_skinned = sum(skin) < 360
    hair = _HAIRS[
        int(rng.integers(3)) if dark_skinned else int(rng.choice(len(_HAIRS), p=_HAIR_WEIGHTS / _HAIR_WEIGHTS.sum()))
    ]
    colours: dict[Material, Rgb] = {
        Material.SKIN: skin,
        Material.HAIR: hair,
        Material.TOP: _cloth(rng, 0.58, 0.26),
        Material.TOP_ACCENT: _cloth(rng, 0.42, 0.5),
        Material.BOTTOM: _pick(rng, _TROUSERS),
        Material.SHOES: _pick(rng, _SHOES),
        Material.BAG: _cloth(rng, 0.75, 0.08),
        Material.HAT: _cloth(rng, 0.65, 0.15),
    }
    shown = np.zeros((3, len(Material)), dtype=np.float32)
    for material, colour in colours.items():
        wobble = rng.normal(1, 0.06) * rng.normal(1, 0.025, 3)
        shown[:, material] = np.clip(np.array(colour) * wobble, 6, 250)
    return Outfit(shown)


def _cloth(rng: np.random.Generator, muted: float, light: float) -> Rgb:
    chance = rng.random()
    return _pick(rng, _MUTED if chance < muted else _LIGHT if chance < muted + light else _BRIGHT)


def _pick(rng: np.random.Generator, colours: tuple[Rgb, ...]) -> Rgb:
    return colours[int(rng.integers(len(colours)))]


def _weighted(rng: np.random.Generator, choices: tuple[tuple[_T, float], ...]) -> _T:
    weights = np.array([weight for _, weight in choices])
    return choices[int(rng.choice(len(choices), p=weights / weights.sum()))][0]
