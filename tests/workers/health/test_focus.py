from __future__ import annotations

import numpy as np
import pytest

from workers.health.focus import sharpness


@pytest.mark.parametrize("size_px", [(1, 1), (3, 300), (4, 4), (512, 4), (7, 512), (8, 8)])
def test_of_a_picture_too_small_to_judge_nothing_is_said(size_px: tuple[int, int]) -> None:
    noise = np.random.default_rng(3).integers(0, 255, size_px[::-1], dtype=np.uint8)
    assert sharpness(noise) is None
