"""An engine that goes on when its device fails: with smaller batches, then on the processor; and says so.

    as asked --memory is full--> half the batch --...--> one picture --still full--> the processor
    any of these --the device is lost--> the processor

It stays with what it has come to until the worker is started anew.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import structlog

from workers.infer.engine import Density, DeviceFullError, DeviceLostError, Engine

log = structlog.get_logger("crushwatch.workers.infer")


def trouble_of(engine: Engine) -> str:
    """Why an engine does not run as asked for; empty while it does."""
    return engine.trouble if isinstance(engine, SteadyEngine) else ""


class SteadyEngine:
    """Runs another engine. What it raises beside DeviceFullError and DeviceLostError goes through."""

    def __init__(self, engine: Engine, on_processor: Callable[[], Engine], batch_size: int) -> None:
        """on_processor: opens the engine that takes over; batch_size: most pictures at once, to begin with."""
        self._engine, self._on_processor, self._most = engine, on_processor, batch_size
        self._is_last = False
        self.trouble = ""
        """Why it does not run as asked for, for the worker's health; empty while it does."""

    @property
    def name(self) -> str:
        """That of the engine that runs now."""
        return self._engine.name

    @property
    def precision(self) -> str:
        """That of the engine that runs now."""
        return self._engine.precision

    @property
    def device(self) -> str:
        """What it runs on now, and why not on what was asked for."""
        return f"{self._engine.device} ({self.trouble})" if self.trouble else self._engine.device

    def infer(self, images: npt.NDArray[np.uint8]) -> Density:
        """See `Engine.infer`; every picture is counted, whatever becomes of the device."""
        done: list[Density] = []
        first = 0
        while first < max(1, len(images)):
            part = images[first : first + self._most]
            try:
                done.append(self._engine.infer(part))
            except DeviceFullError as error:
                self._make_do(str(error), len(part))
            except DeviceLostError as error:
                self._move(str(error))
            else:
                first += max(1, len(part))
        return done[0] if len(done) == 1 else np.concatenate(done)

    def close(self) -> None:
        """Give the device back."""
        self._engine.close()

    def _make_do(self, reason: str, tried: int) -> None:
        """Half as many pictures at once; the processor when even one is too many."""
        if tried <= 1:
            self._move(reason)
            return
        self._most = tried // 2
        self.trouble = f"GPU memory is full: {self._most} pictures at once instead of {tried}"
        log.warning("the engine takes smaller batches", batch_size=self._most, reason=reason)

    def _move(self, reason: str) -> None:
        """To the processor; raises what failed when that is where it runs already."""
        if self._is_last:
            raise DeviceLostError(reason)
        failed, self._is_last = self._engine.device, True
        log.error("the engine moves to the processor", device=failed, reason=reason)
        lost = self._engine
        self._engine = self._on_processor()
        self.trouble = f"{failed} failed: {reason}"
        try:
            lost.close()
        except Exception as error:  # what is lost may not even be given back
            log.warning("the lost device could not be given back", reason=str(error))
