"""Makes any source one that can be left at once.

A network that hangs, a name server that does not answer, a webcam's driver: each can hold a thread inside a library
for as long as it likes, and no call from outside gets it out. So the source that may hang runs on a thread of its
own, and who reads it waits for that thread with one eye on `close`. A thread left behind ends by its source's own
timeouts and gives back what it holds; what it still reads, nobody hears.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from crushwatch.errors import SourceError
from workers.capture.source import Picture, Source, SourceInfo, Truth

OVERSLEPT_S = 2.0
"""Later than this after its time a wait ends only where the whole process stood still: a paused machine."""

Pictured = tuple[Picture, Truth | None]


class _Ended:
    """The source gave its last picture."""


Item = SourceInfo | Pictured | _Ended | Exception


class _StallError(SourceError):
    """It does not come back."""


class _Handover:
    """One place between two threads; shut, both go on."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: Item | None = None
        self._is_shut = False

    def give(self, item: Item) -> bool:
        """Wait until the place is free and lay `item` there; False when nobody will take it."""
        with self._changed:
            self._changed.wait_for(lambda: self._item is None or self._is_shut)
            if self._is_shut:
                return False
            self._item = item
            self._changed.notify_all()
            return True

    def take(self, timeout_s: float | None) -> Item | None:
        """Wait for the next item; None after `timeout_s` or when shut."""
        with self._changed:
            self._changed.wait_for(lambda: self._item is not None or self._is_shut, timeout_s)
            item, self._item = self._item, None
            self._changed.notify_all()
            return None if self._is_shut else item

    def shut(self) -> None:
        with self._changed:
            self._is_shut = True
            self._changed.notify_all()

    @property
    def is_shut(self) -> bool:
        with self._changed:
            return self._is_shut


class DetachedSource:
    """`source` on a thread of its own.

    open_within_s: a source that has not opened by then is left behind.
    stall_after_s: one that gives no picture for so long is, too; None leaves that to the source, which sees packets.
    pulse:         a count that grows while the source hears its camera: for so long it is not left behind.
    on_stall:      called for a source that is left behind for its stall; may end what it waits for.
    """

    def __init__(
        self,
        source: Source,
        name: str,
        *,
        open_within_s: float,
        stall_after_s: float | None = None,
        pulse: Callable[[], int] = lambda: 0,
        on_stall: Callable[[], object] = lambda: None,
    ) -> None:
        self._source = source
        self._open_within_s = open_within_s
        self._stall_after_s = stall_after_s
        self._pulse = pulse
        self._on_stall = on_stall
        self._handover = _Handover()
        self._thread = threading.Thread(target=self._run, name=f"read-{name}", daemon=True)

    def open(self) -> SourceInfo:
        """As the source's own; raises SourceError when it hangs or is closed meanwhile."""
        self._thread.start()
        item = self._next(self._open_within_s, f"did not open in {self._open_within_s:g} s")
        if not isinstance(item, SourceInfo):
            raise SourceError("closed while it was being opened")
        return item

    def frames(self) -> Iterator[Pictured]:
        """As the source's own; ends as soon as it is closed."""
        while isinstance(item := self._next_picture(), tuple):
            yield item

    def _next_picture(self) -> Item:
        try:
            return self._next(self._stall_after_s, f"no picture for {self._stall_after_s} s")
        except _StallError:
            self._on_stall()
            raise

    def _next(self, timeout_s: float | None, complaint: str) -> Item:
        """Wait for as long as the source hears its camera, and `timeout_s` more. Who wakes too late has stood still,
        and the source with him: then that time does not count."""
        heard, overslept = None, False
        while overslept or heard != (heard := self._pulse()):
            asked_s = time.monotonic()
            item = self._handover.take(timeout_s)
            if isinstance(item, Exception):
                raise item
            if item is not None or self._handover.is_shut:
                return item or _Ended()
            overslept = timeout_s is not None and time.monotonic() - asked_s > timeout_s + OVERSLEPT_S
        raise _StallError(complaint)

    def close(self) -> None:
        """Returns at once; the thread ends when the library lets it."""
        self._handover.shut()
        self._source.close()

    def _run(self) -> None:
        """Everything that can hang, and the edge of this thread: whatever goes wrong is handed over."""
        try:
            self._handover.give(self._source.open())
            for pictured in self._source.frames():
                if not self._handover.give(pictured):
                    return
            self._handover.give(_Ended())
        except Exception as error:  # handed over to the thread that reads
            self._handover.give(error)
        finally:
            self._source.close()
