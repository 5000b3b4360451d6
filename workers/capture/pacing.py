"""Files and recordings come as fast as they can be read; here they are given out at the pace they were filmed at."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from workers.capture.picture import AvPicture

LARGEST_GAP_S = 10.0
"""A longer step between two pictures is a cut in the film, not a pause."""

LARGEST_LAG_S = 1.0
"""Further behind than this the pace starts anew, in place of a hunt after lost time."""


class Pace:
    """When each picture is due: its time in the film, counted from the first one that was given out.

    >>> pace = Pace()
    >>> [pace.wait_s(film_s, now_s) for film_s, now_s in ((7.0, 100.0), (7.5, 100.1), (8.0, 101.0), (3.0, 101.0))]
    [0.0, 0.4, 0.0, 0.0]
    """

    def __init__(self) -> None:
        self._anchor_s = 0.0
        self._last_film_s: float | None = None

    def wait_s(self, film_s: float | None, now_s: float) -> float:
        """Seconds to wait at `now_s` before the picture at `film_s` is shown; 0 for a picture without a time."""
        if film_s is None:
            return 0.0
        last_film_s, self._last_film_s = self._last_film_s, film_s
        is_cut = last_film_s is None or not 0 <= film_s - last_film_s <= LARGEST_GAP_S
        if is_cut or now_s - (self._anchor_s + film_s) > LARGEST_LAG_S:
            self._anchor_s = now_s - film_s
        return max(0.0, round(self._anchor_s + film_s - now_s, 6))


def at_their_pace(pictures: Iterator[AvPicture], closing: threading.Event) -> Iterator[AvPicture]:
    """`pictures`, each when it is due; ends at once when `closing` is set."""
    pace = Pace()
    for picture in pictures:
        if closing.wait(pace.wait_s(picture.time_s, time.monotonic())):
            return
        yield picture
