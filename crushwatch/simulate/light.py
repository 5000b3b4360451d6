"""Light on a relief: sky from above, a sun or lamp from one side, and the colours of an outfit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crushwatch.simulate.figure import Bytes, Floats, Material, turned
from crushwatch.simulate.sprite import Relief
from crushwatch.simulate.wardrobe import Outfit


@dataclass(frozen=True)
class Light:
    """Light in the viewer's frame (right, up, out of the picture); strengths are factors on linear colour.

    towards_sun: unit vector from the figure to the sun or lamp    sky, sun: RGB strengths
    """

    towards_sun: tuple[float, float, float]
    sky: tuple[float, float, float] = (0.62, 0.66, 0.72)
    sun: tuple[float, float, float] = (0.75, 0.70, 0.60)

    def on_the_ground(self) -> Floats:
        """(3,): factor on the displayed colour of what lies open to sky and sun."""
        strength = np.sqrt(np.array(self.sky) + max(self.towards_sun[1], 0.0) * np.array(self.sun))
        return strength.astype(np.float32)


def lit_floor(picture: Bytes, light: Light) -> None:
    """Put a picture of the floor, (H, W, 3) uint8 as under a light of strength 1, into this light, in place."""
    picture[:] = np.minimum(picture * light.on_the_ground(), 255)


@dataclass(frozen=True)
class Shade:
    """A relief in a light, without colours yet: people of one build who are seen alike share it.

    brightness: (P, 4) uint16, factor on the colour's red, green and blue in 16384ths, and 16384 for the alpha
    """

    relief: Relief
    brightness: npt.NDArray[np.uint16]


def shaded(relief: Relief, light: Light, pitch_rad: float, crowding: float = 0.0) -> Shade:
    """The relief under a light.

    pitch_rad: how far the viewer looks down
    crowding: 0 to 1, how closely others stand around: they take the light from the body, not from the head
    """
    up = np.array([0, np.cos(pitch_rad), np.sin(pitch_rad)])
    towards_sun = np.array(light.towards_sun)
    halfway = (towards_sun + _TO_VIEWER) / np.linalg.norm(towards_sun + _TO_VIEWER)
    upward, sunward, mirrored = turned(relief.normals, np.stack([up, towards_sun, halfway]) / 127).T.copy()
    tint = relief.tint * np.float32(1 / 128)
    sky = relief.sky * np.float32(1 / 255)
    sky *= _open_sky(crowding).take(relief.below_head_cm)
    skylit = tint * sky * (0.62 + 0.38 * upward)
    shine = _power_of_12(np.maximum(mirrored, 0)) * _GLOSS.take(relief.material)
    sunlit = (tint * np.maximum(sunward, 0) + shine) * (0.3 + 0.7 * sky)
    brightness = np.full((len(relief.pixel), 4), _FULL, dtype=np.uint16)
    for channel in range(3):
        strength = skylit * np.float32(light.sky[channel]) + sunlit * np.float32(light.sun[channel])
        brightness[:, channel] = np.minimum(np.sqrt(strength) * _FULL + 0.5, _BRIGHTEST)
    return Shade(relief, brightness)


def coloured(shade: Shade, outfit: Outfit) -> Bytes:
    """(H, W, 4) uint8 RGBA, alpha 0 or 255: the shaded relief in an outfit's colours."""
    colour = np.empty((len(Material), 4), dtype=np.uint32)
    colour[:, :3], colour[:, 3] = outfit.colour.T * _COLOUR_STEPS + 0.5, 255 * _COLOUR_STEPS
    shown = colour.view(_RGBA)[:, 0].take(shade.relief.material).view(np.uint32).reshape(-1, 4)
    shown *= shade.brightness
    shown >>= _SHIFT
    np.minimum(shown, 255, out=shown)
    rows, columns = shade.relief.shape
    rgba = np.zeros(rows * columns, dtype=np.uint32)
    rgba[shade.relief.pixel] = shown.astype(np.uint8).view(np.uint32)[:, 0]
    return rgba.view(np.uint8).reshape(rows, columns, 4)


_TO_VIEWER = np.array([0.0, 0.0, 1.0])
_FULL = 1 << 14
_BRIGHTEST = (1 << 16) - 1
_COLOUR_STEPS = 256
_SHIFT = 22
"""Takes a colour in `_COLOUR_STEPS` times a brightness in `_FULL` back to 0 to 255."""
_RGBA = np.dtype("V16")
"""The four numbers of a colour as one piece, which is looked up at once."""


def _gloss() -> Floats:
    """By material, how much brighter a highlight is than the colour."""
    gloss = np.zeros(len(Material), dtype=np.float32)
    gloss[[Material.HAIR, Material.SKIN, Material.SHOES, Material.BAG, Material.HAT]] = 1.5, 0.25, 1.5, 0.8, 0.2
    return gloss


_GLOSS = _gloss()


def _open_sky(crowding: float) -> Floats:
    """(256,): the share of the light that the crowd leaves, by centimetres below the head."""
    below_m = np.arange(256) / 100
    return (1 - crowding * np.clip((below_m - 0.12) * 1.1, 0, 0.85)).astype(np.float32)


def _power_of_12(values: Floats) -> Floats:
    fourth = np.square(np.square(values))
    return np.square(fourth) * fourth
