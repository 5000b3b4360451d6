"""Light on a relief: sky from above, a sun or lamp from one side, and the colours of an outfit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crushwatch.simulate.figure import Bytes, turned
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


def lit(relief: Relief, outfit: Outfit, light: Light, pitch_rad: float, crowding: float = 0.0) -> Bytes:
    """(H, W, 4) uint8 RGBA, alpha 0 or 255: the relief in an outfit's colours under a light.

    pitch_rad: how far the viewer looks down
    crowding: 0 to 1, how closely others stand around: they take the light from the body, not from the head
    """
    up = np.array([0, np.cos(pitch_rad), np.sin(pitch_rad)], dtype=np.float32)
    towards_sun = np.array(light.towards_sun, dtype=np.float32)
    halfway = towards_sun + np.array([0, 0, 1], dtype=np.float32)
    halfway /= np.linalg.norm(halfway)
    upward, sunward, mirrored = np.moveaxis(turned(relief.normals, np.stack([up, towards_sun, halfway])), 2, 0)
    sky = relief.sky.astype(np.float32)
    sky *= 1 - crowding * np.clip((relief.below_head_m.astype(np.float32) - 0.12) * 1.1, 0, 0.85)
    sunlit = np.maximum(sunward, 0) * (0.3 + 0.7 * sky)
    skylit = sky * (0.62 + 0.38 * upward)
    shine = np.maximum(mirrored, 0) ** 12 * outfit.gloss[relief.material] * sky
    tint = relief.tint.astype(np.float32)
    strength = skylit[..., None] * np.array(light.sky, np.float32) + sunlit[..., None] * np.array(light.sun, np.float32)
    colour = outfit.albedo[relief.material] * (tint[..., None] * strength)
    colour += shine[..., None] * np.array(light.sun, np.float32)
    rgba = np.empty((*relief.material.shape, 4), dtype=np.uint8)
    rgba[..., :3] = _DISPLAY[np.minimum(colour * 1023, 1023).astype(np.int32)]
    rgba[..., 3] = np.where(relief.material > 0, 255, 0)
    return rgba


_DISPLAY: Bytes = (255 * (np.arange(1024) / 1023) ** (1 / 2.2)).astype(np.uint8)
"""Linear light in 1024 steps to what a display shows."""
