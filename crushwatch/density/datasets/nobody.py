"""Pictures with nobody in them, drawn: what a covered, blind, broken or noisy camera shows, and busy surfaces."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from crushwatch.density.datasets.annotated import RgbImage

Rng = np.random.Generator


def flat(rng: Rng, side_px: int) -> RgbImage:
    """One colour; black and white now and then."""
    colour = rng.choice([0, 255]) * np.ones(3) if rng.random() < 0.4 else rng.integers(0, 256, 3)
    return np.broadcast_to(colour, (side_px, side_px, 3)).astype(np.uint8)


def gradient(rng: Rng, side_px: int) -> RgbImage:
    """A wall in the light: from one colour to another."""
    across = np.linspace(0, 1, side_px)[:, None]
    ramp = across * rng.uniform(-1, 1) + across.T * rng.uniform(-1, 1)
    return np.clip(rng.integers(0, 256, 3) + ramp[..., None] * rng.uniform(20, 200), 0, 255).astype(np.uint8)


def sensor_noise(rng: Rng, side_px: int) -> RgbImage:
    """A dark or grey picture with noise, grain of one to four pixels."""
    grain_px = int(rng.integers(1, 5))
    small = rng.standard_normal((side_px // grain_px + 1, side_px // grain_px + 1, 3))
    grain = cv2.resize(small, None, fx=grain_px, fy=grain_px, interpolation=cv2.INTER_LINEAR)[:side_px, :side_px]
    return np.asarray(np.clip(rng.uniform(0, 200) + grain * rng.uniform(3, 70), 0, 255), np.uint8)


def snow(rng: Rng, side_px: int) -> RgbImage:
    """An analogue receiver without a signal: black and white dots."""
    dots = rng.random((side_px, side_px, 1)) < rng.uniform(0.02, 0.6)
    return np.repeat(dots * 255, 3, axis=2).astype(np.uint8)


def macro_blocks(rng: Rng, side_px: int) -> RgbImage:
    """A torn video stream: squares of 8 or 16 pixels."""
    block_px = int(rng.choice([8, 16, 32]))
    rows = side_px // block_px + 1
    squares = rng.normal(rng.uniform(40, 200), rng.uniform(5, 60), (rows, rows, 3))
    grown = cv2.resize(squares, None, fx=block_px, fy=block_px, interpolation=cv2.INTER_NEAREST)
    return np.clip(grown[:side_px, :side_px], 0, 255).astype(np.uint8)


def bricks(rng: Rng, side_px: int) -> RgbImage:
    """A wall of bricks or paving with joints."""
    height, width = int(rng.integers(8, 40)), int(rng.integers(16, 90))
    joint = rng.integers(60, 230, 3)
    wall = np.full((side_px, side_px, 3), joint, np.uint8)
    base = rng.integers(30, 220, 3)
    for row, top in enumerate(range(0, side_px, height)):
        for left in range(-(row % 2) * width // 2, side_px, width):
            colour = np.clip(base + rng.normal(0, 14), 0, 255)
            corner = (left + width - 3, top + height - 3)
            cv2.rectangle(wall, (left, top), corner, [int(c) for c in colour], -1)
    return np.clip(wall + rng.normal(0, 5, wall.shape), 0, 255).astype(np.uint8)


Drawing = Callable[[Rng, int], RgbImage]
"""(generator, side in pixels) to a picture with nobody in it."""
DRAWN: tuple[Drawing, ...] = (flat, gradient, sensor_noise, snow, macro_blocks, bricks)


def draw(rng: Rng, side_px: int) -> RgbImage:
    """One of them, side_px x side_px."""
    return DRAWN[int(rng.integers(len(DRAWN)))](rng, side_px)
