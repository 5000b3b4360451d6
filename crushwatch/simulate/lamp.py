"""Lamps at night: pools of light on a scene that is drawn evenly lit."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from crushwatch.simulate.pinhole import Pinhole
from crushwatch.simulate.surface import Bytes

_COARSE = 8
_FULL = 128


@dataclass(frozen=True)
class Lamp:
    """A lamp over a point of the ground: its light has fallen to a half at `reach_m` from there."""

    at_m: tuple[float, float]
    reach_m: float = 5.0
    colour: tuple[float, float, float] = (1.0, 0.86, 0.62)


def lamp_light(camera: Pinhole, lamps: tuple[Lamp, ...], without: float = 0.3) -> Bytes:
    """(H, W, 3) uint8, the light at each pixel in 128ths: `without` far from all lamps, at most 2 below one."""
    width, height = camera.size_px
    x, y = np.meshgrid(np.arange(0, width + _COARSE, _COARSE), np.arange(0, height + _COARSE, _COARSE))
    ground = camera.on_plane(np.column_stack([x.ravel(), y.ravel()]).astype(np.float64), 1.0)
    light = np.full((len(ground), 3), without)
    for lamp in lamps:
        apart = np.nan_to_num(np.hypot(*(ground - lamp.at_m).T), nan=1e3)
        light += (1 / (1 + (apart / lamp.reach_m) ** 2))[:, None] * np.array(lamp.colour)
    coarse = np.clip(light.reshape(*x.shape, 3) * _FULL, 0, 255).astype(np.uint8)
    fine = cv2.resize(coarse, (x.shape[1] * _COARSE, x.shape[0] * _COARSE), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(fine[:height, :width], dtype=np.uint8)


def lit_by_lamps(picture: Bytes, light: Bytes) -> None:
    """Put the light of `lamp_light` on a picture, in place."""
    cv2.multiply(picture, light, dst=picture, scale=1 / _FULL)
