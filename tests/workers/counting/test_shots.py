from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from crushwatch.errors import SourceError
from workers.capture.picture import ArrayPicture
from workers.counting.shots import newest

PICTURE = ArrayPicture(np.zeros((32, 32, 3), np.uint8))


def test_a_slow_reader_of_a_stream_gets_the_newest_picture_not_the_next() -> None:
    all_are_out = threading.Event()

    def stream() -> Iterator[ArrayPicture]:
        yield PICTURE
        reader_is_busy.wait(5)
        for _ in range(9):
            yield PICTURE
        all_are_out.set()

    reader_is_busy = threading.Event()
    pictures = newest(stream())
    assert next(pictures)[0] == 0
    reader_is_busy.set()
    assert all_are_out.wait(5)
    assert [number for number, _ in pictures] == [9]


def test_a_stream_that_fails_fails_for_its_reader_after_its_last_picture() -> None:
    def stream() -> Iterator[ArrayPicture]:
        yield PICTURE
        raise SourceError("the camera is gone")

    pictures = newest(stream())
    assert next(pictures)[0] == 0
    with pytest.raises(SourceError, match="the camera is gone"):
        next(pictures)
