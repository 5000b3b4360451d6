from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from workers.batch.letterbox import Letterbox
from workers.batch.motion import MotionMeter
from workers.capture.picture import ArrayPicture
from workers.capture.source import Earlier, Frame

BOX = Letterbox.fit((640, 480), (1024, 576))  # grey at the right


def spots(shift_px: int) -> ArrayPicture:
    small = np.random.default_rng(0).integers(0, 255, (60, 90), dtype=np.uint8)
    wide = np.kron(small, np.ones((8, 8), np.uint8))[:, 40 - shift_px : 680 - shift_px]
    return ArrayPicture(np.repeat(wide[..., None], 3, axis=2))


def frame(at_s: float, *, apart_s: float | None = 0.1, shift_px: int = 12) -> Frame:
    earlier = None if apart_s is None else Earlier(spots(0), apart_s)
    return Frame("gate", spots(shift_px), datetime.now(UTC), at_s, 0, earlier=earlier)


def test_what_moves_in_the_picture_moves_as_many_cells_and_the_border_stands_still() -> None:
    seen = frame(0.0)
    found = MotionMeter().measure(seen, BOX, BOX.image(seen.picture))
    assert found is not None
    assert found.apart_s == 0.1
    assert found.cells.shape == (72, 128, 2)
    content = found.cells[8:64, 8:86]
    assert np.median(content[..., 0]) == pytest.approx(12 * (768 / 640) / 8, abs=0.1)
    assert np.median(content[..., 1]) == pytest.approx(0, abs=0.05)
    assert np.abs(found.cells[:, 110:]).max() < 0.5


def test_it_is_measured_twice_a_second_at_most() -> None:
    meter = MotionMeter()
    measured = []
    for number in range(20):
        seen = frame(number / 10)
        measured.append(meter.measure(seen, BOX, BOX.image(seen.picture)) is not None)
    assert sum(measured) == 4


@pytest.mark.parametrize("apart_s", [None, 0.001, 0.5, -1.0], ids=["none", "too-near", "too-far", "back-in-time"])
def test_without_a_picture_of_a_moment_before_nothing_is_measured(apart_s: float | None) -> None:
    seen = frame(0.0, apart_s=apart_s)
    assert MotionMeter().measure(seen, BOX, BOX.image(seen.picture)) is None
