"""Pictures of real places, from the folder that CRUSHWATCH_DATA names; a test that needs them is skipped without."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

ROOT = Path(os.environ.get("CRUSHWATCH_DATA", Path(__file__).resolve().parents[2].parent / "shared" / "data"))


def real(path: str) -> Path:
    """That file or folder of the real data."""
    if not (ROOT / path).exists():
        pytest.skip(f"no real data at {ROOT / path}; set CRUSHWATCH_DATA")
    return ROOT / path


def real_clip(path: str, *, every: int, size_px: tuple[int, int]) -> list[np.ndarray]:
    """Every so-manyth picture of a film, RGB."""
    film, pictures = cv2.VideoCapture(str(real(path))), []
    while film.grab():
        has_picture, picture = film.retrieve()
        if has_picture:
            pictures.append(picture)
    film.release()
    return [_rgb(picture, size_px) for picture in pictures[::every]]


def real_folder(path: str, count: int, size_px: tuple[int, int]) -> list[np.ndarray]:
    """The first pictures of a folder in the order of their names, RGB."""
    return [_rgb(cv2.imread(str(file)), size_px) for file in sorted(real(path).iterdir())[:count]]


def _rgb(picture: np.ndarray, size_px: tuple[int, int]) -> np.ndarray:
    return cv2.cvtColor(cv2.resize(picture, size_px, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)
