"""What a figure is before it has colours: how large, what it wears, what it does.

The frame of a figure is metres: x to its left, y the way it faces, z up, the feet on z = 0.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

FIGURE_HEIGHT_M = 1.75
HEAD_CENTRE_M = 1.63
"""Height of the middle of the head of a figure: where its head point lies."""
HIGHEST_M = 2.0
WIDEST_M = 0.46
"""No part of a figure is higher up, or farther from the line through its head and the ground below."""


class Material(enum.IntEnum):
    """What a point is made of; a wardrobe gives each its colour."""

    NOTHING = 0
    SKIN = 1
    HAIR = 2
    TOP = 3
    TOP_ACCENT = 4
    BOTTOM = 5
    SHOES = 6
    BAG = 7
    HAT = 8


class Hair(enum.StrEnum):
    """What is on the head."""

    SHORT = "short"
    CROPPED = "cropped"
    RECEDING = "receding"
    BALD = "bald"
    BOB = "bob"
    LONG = "long"
    PONYTAIL = "ponytail"
    BUN = "bun"
    CURLY = "curly"
    CAP = "cap"
    BEANIE = "beanie"
    HOOD = "hood"
    HEADSCARF = "headscarf"
    SUNHAT = "sunhat"


class Arms(enum.StrEnum):
    """What the arms do while the figure stands."""

    DOWN = "down"
    PHONE = "phone"
    POCKETS = "pockets"
    CROSSED = "crossed"
    RAISED = "raised"


@dataclass(frozen=True)
class Build:
    """What a figure is before it has colours. Girth is a factor on all widths; `seed` moves folds and hair."""

    hair: Hair = Hair.SHORT
    arms: Arms = Arms.DOWN
    girth: float = 1.0
    hips: float = 1.0
    shoulders: float = 1.0
    sleeves: bool = True
    open_jacket: bool = False
    coat_hem_m: float = 0.78
    skirt_hem_m: float | None = None
    shorts: bool = False
    trouser_width: float = 1.0
    backpack: bool = False
    shoulder_bag: bool = False
    glasses: bool = False
    beard: bool = False
    pattern: str = "plain"
    head_turn_rad: float = 0.0
    head_nod_rad: float = 0.0
    seed: int = 0
