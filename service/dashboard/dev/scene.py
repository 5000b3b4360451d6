"""Draws a made-up crowd in perspective, and the density grid that belongs to it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH_PX, HEIGHT_PX = 640, 360
ROWS, COLUMNS = 45, 80
HORIZON = 0.28
FULL_SCALE_PER_M2 = 8.0
POSES = 3

Outline = tuple[tuple[float, float], ...] | None


class Scene:
    """One camera's view. Pictures are drawn once for each set of densities and then cycled through."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._ground = self._empty_ground()
        self._drawn: dict[object, list[bytes]] = {}

    def picture(self, grounds: Sequence[tuple[Outline, float]], moment: int) -> tuple[bytes, NDArray[np.uint8]]:
        """A JPEG and people per m² as uint8 of the full scale, ROWS x COLUMNS."""
        density = self._density(grounds)
        poses = self._drawn.setdefault(tuple(grounds), [self._jpeg(density) for _ in range(POSES)])
        return poses[moment % POSES], np.clip(density / FULL_SCALE_PER_M2 * 255, 0, 255).astype(np.uint8)

    def _empty_ground(self) -> NDArray[np.uint8]:
        shade = np.linspace(60, 118, HEIGHT_PX)[:, None] + self._random.normal(0, 5, (HEIGHT_PX, WIDTH_PX))
        shade[: int(HORIZON * HEIGHT_PX)] = 42
        picture = np.repeat(np.clip(shade, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
        for left in range(0, WIDTH_PX, 80):
            height = int(self._random.integers(20, 100))
            corner = (left + 74, int(HORIZON * HEIGHT_PX))
            cv2.rectangle(picture, (left, int(HORIZON * HEIGHT_PX) - height), corner, (58, 54, 52), -1)
        return picture

    def _density(self, grounds: Sequence[tuple[Outline, float]]) -> NDArray[np.float64]:
        density = np.zeros((ROWS, COLUMNS))
        for outline, people_per_m2 in grounds:
            mask = np.zeros((ROWS, COLUMNS), np.uint8)
            corners = np.array(outline or ((0, HORIZON), (1, HORIZON), (1, 1), (0, 1))) * (COLUMNS, ROWS)
            cv2.fillPoly(mask, [corners.astype(np.int32)], 1)
            uneven = cv2.GaussianBlur(np.random.default_rng(7).uniform(0, 2, (ROWS, COLUMNS)), (0, 0), 5)
            density += mask * people_per_m2 * np.clip(1 + 6 * (uneven - 1), 0.5, 1.5)
        return cv2.GaussianBlur(density, (0, 0), 1.2).astype(np.float64)

    def _jpeg(self, density: NDArray[np.float64]) -> bytes:
        picture = self._ground.copy()
        down = np.linspace(0, 1, ROWS)[:, None]
        near = np.clip((down - HORIZON) / (1 - HORIZON), 0.02, 1)
        chance = density / near**1.2
        people = min(420, int(density.mean() * 130))
        weights = chance.ravel() / chance.sum() if people else None
        cells = self._random.choice(chance.size, people, p=weights)
        for row, column in sorted(divmod(int(cell), COLUMNS) for cell in cells):
            self._draw_person(picture, (row + self._random.random()) / ROWS, (column + self._random.random()) / COLUMNS)
        return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()

    def _draw_person(self, picture: NDArray[np.uint8], down: float, across: float) -> None:
        near = max(0.08, (down - HORIZON) / (1 - HORIZON))
        radius = 2 + 7 * near
        x, y = int(across * WIDTH_PX), int(down * HEIGHT_PX)
        clothes = tuple(int(shade) for shade in self._random.integers(30, 150, 3))
        body = (int(radius * 1.5), int(radius * 2.4))
        cv2.ellipse(picture, (x, int(y + radius * 2.6)), body, 0, 0, 360, clothes, -1, cv2.LINE_AA)
        skin = int(self._random.integers(70, 190))
        cv2.circle(picture, (x, y), int(radius), (skin - 30, skin - 10, skin), -1, cv2.LINE_AA)
        hair = (int(radius), int(radius * 0.7))
        cv2.ellipse(picture, (x, int(y - radius * 0.3)), hair, 0, 180, 360, (25, 25, 28), -1)
