"""What was made and may be wanted again, within a limit of memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

_V = TypeVar("_V")


class Shelf(Generic[_V]):
    """What was made is kept while it weighs no more than `limit` together; then the longest unused goes first."""

    def __init__(self, limit: int, weigh: Callable[[_V], int]) -> None:
        self._limit = limit
        self._weigh = weigh
        self._weight = 0
        self._kept: OrderedDict[Hashable, _V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], _V], enough: Callable[[_V], bool] | None = None) -> _V:
        """The piece of that key, made anew where the one at hand is not `enough`; several threads may ask."""
        with self._lock:
            piece = self._kept.get(key)
            if piece is not None and (enough is None or enough(piece)):
                self._kept.move_to_end(key)
                return piece
            if piece is not None:
                self._weight -= self._weigh(self._kept.pop(key))
            piece = self._kept[key] = make()
            self._weight += self._weigh(piece)
            while self._weight > self._limit and len(self._kept) > 1:
                self._weight -= self._weigh(self._kept.popitem(last=False)[1])
            return piece
