"""Light on a relief: sky from above, a sun or lamp from one side, and the colours of an outfit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crushwatch.simulate.figure import Bytes, Floats, turned
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


def lit(relief: Relief, outfit: Outfit, light: Light, pitch_rad: float, crowding: float = 0.0) -> Bytes:
    """(H, W, 4) uint8 RGBA, alpha 0 or 255: the relief in an outfit's colours under a light.

    pitch_rad: how far the viewer looks down
    crowding: 0 to 1, how closely others stand around: they take the light from the body, not from the head
    """
    up = np.array([0, np.cos(pitch_rad), np.sin(pitch_rad)])
    towards_sun = np.array(light.towards_sun)
    halfway = (towards_sun + _TO_VIEWER) / np.linalg.norm(towards_sun + _TO_VIEWER)
    upward, sunward, mirrored = turned(relief.normals, np.stack([up, towards_sun, halfway]) / 127).T
    tint = relief.tint * np.float32(1 / 128)
    sky = relief.sky * np.float32(1 / 255)
    sky *= _open_sky(crowding)[relief.below_head_cm]
    skylit = tint * sky * (0.62 + 0.38 * upward)
    shine = _power_of_12(np.maximum(mirrored, 0)) * outfit.gloss[relief.material]
    sunlit = (tint * np.maximum(sunward, 0) + shine) * (0.3 + 0.7 * sky)
    shown = np.full((len(relief.pixel), 4), 255, dtype=np.uint8)
    for channel in range(3):
        strength = skylit * np.float32(light.sky[channel]) + sunlit * np.float32(light.sun[channel])
        displayed = np.sqrt(strength) * outfit.colour[channel][relief.material]
        shown[:, channel] = np.minimum(displayed, 255)
    rgba = np.zeros(relief.shape[0] * relief.shape[1], dtype=np.uint32)
    rgba[relief.pixel] = shown.view(np.uint32)[:, 0]
    return rgba.view(np.uint8).reshape(*relief.shape, 4)


_TO_VIEWER = np.array([0.0, 0.0, 1.0])


def _open_sky(crowding: float) -> Floats:
    """(256,): the share of the light that the crowd leaves, by centimetres below the head."""
    below_m = np.arange(256) / 100
    return (1 - crowding * np.clip((below_m - 0.12) * 1.1, 0, 0.85)).astype(np.float32)


def _power_of_12(values: Floats) -> Floats:
    fourth = np.square(np.square(values))
    return np.square(fourth) * fourth
