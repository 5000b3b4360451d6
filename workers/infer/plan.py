"""How a processor's cores are divided among the requests of an engine: measured by `tune.py`, kept in the cache."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass

STREAMS = (1, 2, 4, 8, 16, 32, 64)


@dataclass(frozen=True)
class Plan:
    """How a batch is computed.

    streams:  requests that are computed side by side, each on its share of the threads
    threads:  of all streams together; 0: all cores
    pictures: in one request at most; 0: all that are given at once
    """

    streams: int = 1
    threads: int = 0
    pictures: int = 0

    def shares(self, pictures: int) -> Iterator[slice]:
        """Which pictures of so many go into which request.

        >>> list(Plan(streams=2, pictures=2).shares(5))
        [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
        """
        step = self.pictures or pictures
        return (slice(first, min(first + step, pictures)) for first in range(0, pictures, step))

    def to_bytes(self) -> bytes:
        """For the cache."""
        return json.dumps(asdict(self)).encode()

    @staticmethod
    def from_bytes(kept: bytes) -> Plan | None:
        """From the cache; None where another version wrote otherwise.

        >>> Plan.from_bytes(Plan(2, 4, 1).to_bytes()), Plan.from_bytes(b"[]")
        (Plan(streams=2, threads=4, pictures=1), None)
        """
        try:
            return Plan(**json.loads(kept))
        except (ValueError, TypeError):
            return None

    def __str__(self) -> str:
        requests = "the whole batch in a request" if not self.pictures else f"{self.pictures} in a request"
        return f"{self.streams} stream{'s' if self.streams > 1 else ''}, {self.threads or 'all'} threads, {requests}"


def untuned(cores: int, batch_size: int, threads: int = 0) -> Plan:
    """What is taken where nothing was measured: as many streams as a full batch keeps busy, a picture each. Streams
    need not wait for each other, least of all where decoders want the same cores.

    >>> print(untuned(cores=2, batch_size=4))
    2 streams, all threads, 1 in a request
    >>> print(untuned(cores=2, batch_size=1))
    1 stream, all threads, the whole batch in a request
    """
    used = threads or cores
    streams = max(n for n in STREAMS if n <= min(used, batch_size) and used % n == 0)
    return Plan(streams, threads, 1 if streams > 1 else 0)


def candidates(cores: int, batch_size: int, threads: int = 0) -> list[Plan]:
    """What is worth measuring: the untuned plan first, then fewer streams and more pictures in a request.

    >>> [(plan.streams, plan.pictures) for plan in candidates(cores=4, batch_size=4)]
    [(4, 1), (1, 0), (1, 1), (2, 1), (2, 2)]
    """
    used = threads or cores
    streams = [n for n in STREAMS[1:] if n <= min(used, batch_size) and used % n == 0]
    plans = [untuned(cores, batch_size, threads), Plan(1, threads, 0)]
    plans += [Plan(1, threads, 1)] if batch_size > 1 else []
    plans += [Plan(n, threads, 1) for n in streams]
    plans += [Plan(n, threads, batch_size // n) for n in streams if batch_size // n > 1]
    return list(dict.fromkeys(plans))


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
