"""The thread that runs the engine: while it computes, the pipeline measures and judges what it computed before.

At most one batch that is computed waits, so that figures are never older than the pipeline's last round.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from crushwatch.errors import EngineError
from crushwatch.tracing import FrameTrace, Tracer
from workers.batch.feeder import Batch
from workers.infer.engine import Density, Engine
from workers.infer.people import people_in

STUCK_AFTER_S = 120.0
"""A batch takes a second or two; an engine that loses its GPU and moves to the processor some tens of seconds."""
STOP_WITHIN_S = 5.0

log = structlog.get_logger("crushwatch.workers.infer")


class EngineStuckError(EngineError):
    """The engine does not come back from a batch: it must not be closed, as it is still at work."""


@dataclass(frozen=True)
class Inferred:
    """A batch and its densities, or what the engine said of it.

    densities: people per cell, in the order of the batch's items
    traces:    of its frames, in the same order
    """

    batch: Batch
    densities: Density
    traces: Sequence[FrameTrace]
    took_s: float


class InferAhead:
    """Owns its thread between `start` and `stop`. next_batch: waits that many seconds for one."""

    def __init__(self, engine: Engine, next_batch: Callable[[float], Batch | None], tracer: Tracer) -> None:
        self._engine = engine
        self._next_batch = next_batch
        self._tracer = tracer
        self.busy_since_s: float | None = None
        """When the engine was given the batch that it computes now, on the monotonic clock; None while it rests."""
        self._has_computed = False
        self._done: queue.Queue[Inferred | Exception] = queue.Queue(maxsize=1)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="infer", daemon=True)

    def start(self) -> None:
        """Begin to compute."""
        self._thread.start()

    def stop(self) -> None:
        """End with the batch that is being computed: who closes the engine next must find it at rest.

        Raises EngineStuckError where it does not come back.
        """
        self._stopping.set()
        self._thread.join(STOP_WITHIN_S)
        if self._thread.is_alive():
            log.error("the engine does not come back and is left open", waited_s=STOP_WITHIN_S)
            raise EngineStuckError(f"the engine does not come back from a batch, waited {STOP_WITHIN_S:g} s for it")

    @property
    def is_alive(self) -> bool:
        """False before `start`, after `stop`, and where a fault has ended the thread."""
        return self._thread.is_alive()

    @property
    def is_stuck(self) -> bool:
        """Whether one batch takes longer than any does. Not asked of the first one: it may compile the network."""
        since_s = self.busy_since_s
        return self._has_computed and since_s is not None and time.monotonic() - since_s > STUCK_AFTER_S

    def next(self, timeout_s: float) -> Inferred | None:
        """The next batch, waiting up to `timeout_s`; raises what the engine raised for it."""
        try:
            done = self._done.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if isinstance(done, Exception):
            raise done
        return done

    def _run(self) -> None:
        while not self._stopping.is_set():
            batch = self._next_batch(0.1)
            if batch is not None:
                self._hand_over(self._infer(batch))

    def _infer(self, batch: Batch) -> Inferred | Exception:
        traces = [self._tracer.frame(item.frame.camera, item.frame.captured_at) for item in batch.items]
        _step(traces, "batch")
        self.busy_since_s = started_s = time.monotonic()
        try:
            densities = people_in(self._engine, batch.images)
        except Exception as error:  # raised again where the batch is asked for
            return error
        finally:
            self.busy_since_s = None
        self._has_computed = True
        took_s = time.monotonic() - started_s
        _step(traces, "infer")
        return Inferred(batch, densities, traces, took_s)

    def _hand_over(self, done: Inferred | Exception) -> None:
        while not self._stopping.is_set():
            try:
                self._done.put(done, timeout=0.1)
                return
            except queue.Full:
                continue


def _step(traces: Sequence[FrameTrace], name: str) -> None:
    for trace in traces:
        trace.step(name)
