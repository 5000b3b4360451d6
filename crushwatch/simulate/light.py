"""Light on a relief: sky from above, a sun or lamp from one side, and the colours of an outfit."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np

from crushwatch.simulate.build import Material
from crushwatch.simulate.relief import Relief
from crushwatch.simulate.surface import Bytes, Floats, turned
from crushwatch.simulate.wardrobe import MATERIAL, Outfit


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

    lit: (H, W, 4) uint8, factor on the colour's red, green and blue in hundredths, and `MATERIAL` + the material;
        all 0 where the figure is not
    head_px, scale_px_per_m, reach_m: as of the relief
    """

    lit: Bytes
    head_px: tuple[int, int]
    scale_px_per_m: float
    reach_m: float


def shaded(relief: Relief, light: Light, pitch_rad: float, crowding: float = 0.0) -> Shade:
    """The relief under a light.

    pitch_rad: how far the viewer looks down
    crowding: 0 to 1, how closely others stand around: they take the light from the body, not from the head
    """
    surface = relief.surface
    axes = _lit_from(light, pitch_rad) @ relief.to_viewer
    upward, sunward, mirrored = turned(relief.normals, axes).T.copy()
    tint = surface["tint"] * np.float32(1 / 128)
    sky = surface["sky"] * _open_sky(crowding).take(surface["below_cm"])
    skylit = tint * sky * (0.62 + 0.38 * upward)
    shine = _power_of_12(np.maximum(mirrored, 0)) * _GLOSS.take(surface["material"])
    sunlit = (tint * np.maximum(sunward, 0) + shine) * (0.3 + 0.7 * sky)
    strengths = np.stack([(*light.sky, 0.0), (*light.sun, 0.0)], axis=1)
    lit = cv2.convertScaleAbs(cv2.sqrt(turned(np.stack([skylit, sunlit], axis=1), strengths)), alpha=_FULL)
    lit[:, 3] = surface["material"] + np.uint8(MATERIAL)
    rows, columns = relief.shape
    flat = np.zeros(rows * columns, dtype=np.uint32)
    flat[relief.pixel] = lit.view(np.uint32)[:, 0]
    return Shade(flat.view(np.uint8).reshape(rows, columns, 4), relief.head_px, relief.scale_px_per_m, relief.reach_m)


@functools.lru_cache
def _lit_from(light: Light, pitch_rad: float) -> Floats:
    """(3, 3): up, towards the sun, and the way a mirror must lie to show it, for normals 127 long."""
    up = np.array([0, np.cos(pitch_rad), np.sin(pitch_rad)])
    towards_sun = np.array(light.towards_sun)
    halfway = (towards_sun + _TO_VIEWER) / np.linalg.norm(towards_sun + _TO_VIEWER)
    axes: Floats = (np.stack([up, towards_sun, halfway]) / 127).astype(np.float32)
    return axes


def coloured(lit: Bytes, outfit: Outfit) -> Bytes:
    """(H, W, 4) uint8 RGBA, alpha 0 or 255, from the `lit` of a shade: the figure in an outfit's colours."""
    rgba = cv2.LUT(cv2.extractChannel(lit, 3), outfit.palette).view(np.uint8).reshape(lit.shape)
    return np.asarray(cv2.multiply(rgba, lit, dst=rgba, scale=1 / _FULL), dtype=np.uint8)


_TO_VIEWER = np.array([0.0, 0.0, 1.0])
_FULL = 100
"""Brightness that shows a colour as it is. A material's number in a shade is no less: alpha stays 255 there."""


def _gloss() -> Floats:
    """By material, how much brighter a highlight is than the colour."""
    gloss = np.zeros(len(Material), dtype=np.float32)
    gloss[[Material.HAIR, Material.SKIN, Material.SHOES, Material.BAG, Material.HAT]] = 1.5, 0.25, 1.5, 0.8, 0.2
    return gloss


_GLOSS = _gloss()


@functools.lru_cache
def _open_sky(crowding: float) -> Floats:
    """(256,): the share of the light that the crowd leaves, in 255ths, by centimetres below the head."""
    below_m = np.arange(256) / 100
    return ((1 - crowding * np.clip((below_m - 0.12) * 1.1, 0, 0.85)) / 255).astype(np.float32)


def _power_of_12(values: Floats) -> Floats:
    fourth = np.square(np.square(values))
    return np.square(fourth) * fourth
