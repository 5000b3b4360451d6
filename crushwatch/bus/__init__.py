"""Between workers and service: Redis Streams, a twin in memory, and the outbox on disk while Redis is away."""

from crushwatch.bus.bus import STILL_EVERY_S, STREAMS, Bus, Received, StreamName
from crushwatch.bus.memory import MemoryBus
from crushwatch.bus.outbox import Outbox, OutboxError
from crushwatch.bus.streams import RedisBus


def open_bus(url: str, site: str, *, readings_kept: int = 100_000) -> Bus:
    """The bus of a site; `memory://` gives one inside this process. Connecting happens at the first call."""
    return MemoryBus() if url == "memory://" else RedisBus(url, site, readings_kept=readings_kept)


__all__ = [
    "STILL_EVERY_S",
    "STREAMS",
    "Bus",
    "MemoryBus",
    "Outbox",
    "OutboxError",
    "Received",
    "RedisBus",
    "StreamName",
    "open_bus",
]
