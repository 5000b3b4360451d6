"""What a camera adds to the light: softness, its own noise, and the blocks of its compression."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from crushwatch.simulate.surface import Bytes, Floats


@dataclass(frozen=True)
class Lens:
    """blur_px: sigma of the softness    noise: sigma in grey levels    jpeg_quality: 1 to 100, 0 for none
    gain, warmth: factor on brightness, and on red against blue    contrast: factor about mid grey
    rain: how thickly it falls before the lens, 0 to 1
    """

    blur_px: float = 0.6
    noise: float = 3.0
    jpeg_quality: int = 82
    gain: float = 1.0
    warmth: float = 1.0
    contrast: float = 1.0
    rain: float = 0.0


class Film:
    """Develops pictures of one size through one lens; the grain depends on nothing but the seed given each time."""

    _BANK = 64

    def __init__(self, size_px: tuple[int, int], lens: Lens, seed: int = 0) -> None:
        self._lens = lens
        width, height = size_px
        grain = np.random.default_rng(seed).standard_normal((height + self._BANK, width + self._BANK, 3), np.float32)
        grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), 0.6)) * 1.8 * lens.noise
        if lens.rain > 0:
            grain += _rain(grain.shape, lens.rain, seed)
        self._plus = np.clip(grain, 0, 255).astype(np.uint8)
        self._minus = np.clip(-grain, 0, 255).astype(np.uint8)
        levels = np.arange(256, dtype=np.float32)
        tinted = [(levels - 118) * lens.contrast * g + 118 * g for g in self._gains()]
        self._curve = np.clip(np.stack(tinted, axis=1), 0, 255).astype(np.uint8)[None]
        self._keeps_tones = bool((self._curve == levels[:, None]).all())

    def _gains(self) -> tuple[float, float, float]:
        return self._lens.gain * self._lens.warmth, self._lens.gain, self._lens.gain / self._lens.warmth

    def develop(self, picture: Bytes, seed: int) -> Bytes:
        """(H, W, 3) uint8 RGB as the camera would deliver it."""
        if self._lens.blur_px > 0:
            picture = cv2.GaussianBlur(picture, (0, 0), self._lens.blur_px).astype(np.uint8)
        picture = picture.copy() if self._keeps_tones else np.asarray(cv2.LUT(picture, self._curve), dtype=np.uint8)
        height, width = picture.shape[:2]
        y, x = np.random.default_rng(seed).integers(self._BANK, size=2)
        cv2.add(picture, self._plus[y : y + height, x : x + width], dst=picture)
        cv2.subtract(picture, self._minus[y : y + height, x : x + width], dst=picture)
        if self._lens.jpeg_quality <= 0:
            return picture
        quality = [cv2.IMWRITE_JPEG_QUALITY, self._lens.jpeg_quality]
        _, coded = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), quality)
        return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), dtype=np.uint8)[..., ::-1].copy()


def _rain(shape: tuple[int, ...], thickness: float, seed: int) -> Floats:
    """Bright streaks, all a little aslant."""
    rng = np.random.default_rng(seed)
    streaks = np.zeros(shape[:2], dtype=np.float32)
    slant = rng.normal(0, 0.12)
    count = round(thickness * shape[0] * shape[1] / 600)
    for x, y, length, glow in rng.uniform((0, 0, 8, 12), (shape[1], shape[0], 42, 55), (count, 4)):
        end = (round(x + slant * length), round(y + length))
        cv2.line(streaks, (round(x), round(y)), end, glow, 1, cv2.LINE_AA)
    return streaks[..., None]
