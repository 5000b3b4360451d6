"""The engine's own thread: what it computes arrives in order, what it refuses is raised, and it can be seen to hang."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pytest

from crushwatch.errors import EngineError
from crushwatch.tracing import NoTracer
from workers.batch.feeder import Batch, Item
from workers.batch.letterbox import Letterbox
from workers.capture.picture import ArrayPicture
from workers.capture.source import Frame
from workers.infer.ahead import InferAhead


class Scripted:
    """An engine that does with each batch what it is told to."""

    name, precision, device = "scripted", "fp32", "none"

    def __init__(self, act: Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]) -> None:
        self.infer = act

    def close(self) -> None:
        """Nothing to give back."""


def batch(number: int) -> Batch:
    image = np.full((32, 64, 3), number, np.uint8)
    frame = Frame("gate", ArrayPicture(image), datetime.now(UTC), time.monotonic(), number)
    return Batch((Item(frame, Letterbox.fit((64, 32), (64, 32)), image),), image[None])


def density(value: float) -> npt.NDArray[np.float32]:
    return np.full((1, 4, 8), value, np.float32)


def ahead_of(act: Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]], batches: list[Batch]) -> InferAhead:
    def take(timeout_s: float) -> Batch | None:
        if not batches:
            time.sleep(min(timeout_s, 0.01))
            return None
        return batches.pop(0)

    return InferAhead(Scripted(act), take, NoTracer())


def test_batches_come_in_order_with_their_densities_and_never_less_than_nobody() -> None:
    ahead = ahead_of(lambda images: density(float(images[0, 0, 0, 0]) - 1), [batch(n) for n in range(4)])
    ahead.start()
    done = [ahead.next(5) for _ in range(4)]
    ahead.stop()
    assert [one and one.batch.items[0].frame.sequence for one in done] == [0, 1, 2, 3]
    assert [one and float(one.densities[0, 0, 0]) for one in done] == [0, 0, 1, 2]


def test_the_engine_computes_the_next_batch_while_one_waits_and_no_further() -> None:
    seen: list[int] = []

    def act(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        seen.append(int(images[0, 0, 0, 0]))
        return density(0)

    ahead = ahead_of(act, [batch(n) for n in range(6)])
    ahead.start()
    deadline_s = time.monotonic() + 5
    while len(seen) < 2 and time.monotonic() < deadline_s:
        time.sleep(0.01)
    time.sleep(0.3)
    ahead.stop()
    assert seen == [0, 1], "one lies ready, one is held until it has gone"


@pytest.mark.parametrize("value", [np.nan, np.inf], ids=["nan", "inf"])
def test_figures_that_are_no_numbers_are_the_engines_fault(value: float) -> None:
    ahead = ahead_of(lambda _images: density(value), [batch(0)])
    ahead.start()
    with pytest.raises(EngineError, match="no numbers"):
        ahead.next(5)
    ahead.stop()


def test_what_the_engine_refuses_is_raised_where_it_is_asked_for_and_the_next_batch_goes_on() -> None:
    def act(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        if images[0, 0, 0, 0] == 0:
            raise EngineError("out of memory")
        return density(3)

    ahead = ahead_of(act, [batch(0), batch(1)])
    ahead.start()
    with pytest.raises(EngineError, match="out of memory"):
        ahead.next(5)
    following = ahead.next(5)
    ahead.stop()
    assert following is not None
    assert following.densities.sum() == pytest.approx(96)


def test_an_engine_that_hangs_is_seen_to_have_been_at_it_since() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def act(_images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        begun.set()
        go_on.wait(10)
        return density(0)

    ahead = ahead_of(act, [batch(0)])
    before_s = time.monotonic()
    ahead.start()
    assert begun.wait(5)
    assert ahead.busy_since_s is not None
    assert before_s <= ahead.busy_since_s <= time.monotonic()
    assert ahead.next(0.05) is None
    go_on.set()
    assert ahead.next(5) is not None
    ahead.stop()
    assert ahead.busy_since_s is None
