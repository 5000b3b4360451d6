"""A simulated camera, `sim:NAME`: a crowd of known density, drawn at its own pace."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from crushwatch.errors import SourceError
from workers.capture.picture import ArrayPicture
from workers.capture.source import SourceInfo, Truth
from workers.capture.tally import Tally


class SimulatedSource:
    """One scenario, over and over from its beginning. Twice as many pictures are drawn as are analysed, up to the
    scenario's own rate; where drawing takes longer than that, pictures are left out, none is late."""

    def __init__(self, name: str, tally: Tally, *, analysis_rate_hz: float) -> None:
        self._name = name
        self._tally = tally
        self._analysis_rate_hz = analysis_rate_hz
        self._closing = threading.Event()

    def open(self) -> SourceInfo:
        from crushwatch.simulate import open_scenario  # only who watches a drawn crowd loads the painter

        try:
            self._scenario = open_scenario(self._name)
        except OSError as error:
            raise SourceError(f"sim:{self._name} cannot be drawn: {error}") from error
        self._rate_hz = min(self._scenario.frame_rate_hz, 2 * self._analysis_rate_hz)
        return SourceInfo("simulated", *self._scenario.size_px, self._rate_hz)

    def frames(self) -> Iterator[tuple[ArrayPicture, Truth | None]]:
        started_s = time.monotonic()
        number = 0
        while not self._closing.wait(max(0.0, started_s + number / self._rate_hz - time.monotonic())):
            drawn = self._scenario.frame(number / self._rate_hz % self._scenario.duration_s)
            self._tally.count_source_frame(time.monotonic())
            yield ArrayPicture(drawn.image, time_s=number / self._rate_hz), Truth(drawn.heads_px, drawn.feet_m)
            number = max(number + 1, int((time.monotonic() - started_s) * self._rate_hz))

    def close(self) -> None:
        self._closing.set()
