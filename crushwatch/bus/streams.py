"""The bus on Redis Streams (Redis 6.2 or later)."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, TypeVar

import redis
from pydantic import ValidationError
from redis.backoff import NoBackoff
from redis.retry import Retry

from crushwatch.bus.bus import STREAMS, Received, StreamName
from crushwatch.bus.listener import Listener
from crushwatch.errors import BusError
from crushwatch.messages import Message, Picture, Preview, Still, decode, encode
from crushwatch.site.secret import redact

T = TypeVar("T")

CONNECT_TIMEOUT_S = 2.0
ANSWER_TIMEOUT_S = 5.0
ABANDONED_AFTER_S = 30.0
"""A message that a reader has held unacknowledged for so long goes to another reader of its group."""

# Alerts are durable: their stream is cut only far beyond any backlog. Health is a heartbeat: minutes of it are enough.
STREAM_LENGTHS: dict[StreamName, int] = {"readings": 100_000, "alerts": 1_000_000, "health": 20_000}


class RedisBus:
    """The bus of one site in one Redis. Thread-safe, except that each `read` consumer is one thread."""

    def __init__(self, url: str, site: str, *, readings_kept: int = STREAM_LENGTHS["readings"]) -> None:
        self._redis: Any = redis.Redis.from_url(
            url,
            socket_connect_timeout=CONNECT_TIMEOUT_S,
            socket_timeout=ANSWER_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
            health_check_interval=10,
        )
        self._where = redact(url)
        self._prefix = f"crushwatch:{site}"
        self._wishes = f"{self._prefix}:stills-wanted"
        self._lengths = STREAM_LENGTHS | {"readings": readings_kept}
        self._groups_made: set[str] = set()
        self._recovered_at: dict[tuple[str, str], float] = {}
        self._heard_previews = Listener(self._redis, Preview, self._preview_channel)
        self._heard_stills = Listener(self._redis, Still, self._still_channel)

    def publish(self, stream: StreamName, messages: Sequence[Message]) -> None:
        """See `Bus.publish`."""
        if not messages:
            return
        pipeline = self._redis.pipeline(transaction=True)
        for message in messages:
            pipeline.xadd(self._key(stream), {"m": encode(message)}, maxlen=self._lengths[stream], approximate=True)
        self._ask(pipeline.execute)

    def read(self, group: str, consumer: str, *, limit: int, block_s: float) -> list[Received]:
        """See `Bus.read`."""
        self._ensure_group(group)
        recovered = self._recover(group, consumer, limit)
        if recovered:
            return recovered
        block_ms = max(1, int(min(block_s, ANSWER_TIMEOUT_S - 1) * 1000))
        keys = {self._key(stream): ">" for stream in STREAMS}
        answer = self._ask(lambda: self._redis.xreadgroup(group, consumer, keys, count=limit, block=block_ms), group)
        return [
            _received(stream, entry_id, fields)
            for stream, entries in ((self._stream(key), entries) for key, entries in _pairs(answer))
            for entry_id, fields in entries
        ]

    def acknowledge(self, group: str, received: Sequence[Received]) -> None:
        """See `Bus.acknowledge`."""
        if not received:
            return
        pipeline = self._redis.pipeline(transaction=True)
        for stream in STREAMS:
            ids = [entry.entry_id for entry in received if entry.stream == stream]
            if ids:
                pipeline.xack(self._key(stream), group, *ids)
        self._ask(pipeline.execute)

    def backlog(self, group: str) -> int:
        """See `Bus.backlog`."""
        self._ensure_group(group)
        return sum(self._backlog(stream, group) for stream in STREAMS)

    def attend(self, group: str, who: str, *, for_s: float) -> frozenset[str]:
        """See `Bus.attend`. By Redis' own clock: those of several machines may differ."""
        return self._ask(lambda: self._attend(f"{self._prefix}:present:{group}", who, for_s))

    def publish_preview(self, preview: Preview) -> None:
        """See `Bus.publish_preview`."""
        self._ask(lambda: self._redis.publish(self._preview_channel(preview.camera), encode(preview)))

    def previews(self, cameras: Sequence[str], *, block_s: float) -> list[Preview]:
        """See `Bus.previews`."""
        return self._ask(lambda: self._heard_previews.hear(frozenset(cameras), block_s))

    def watch(self, cameras: Sequence[str], *, for_s: float) -> None:
        """See `Bus.watch`. By Redis' own clock."""
        if cameras:
            self._ask(lambda: self._watch(cameras, for_s))

    def watched(self) -> frozenset[str]:
        """See `Bus.watched`."""
        names = self._ask(lambda: self._redis.zrangebyscore(f"{self._prefix}:watched", self._now_s(), "+inf"))
        return frozenset(name.decode() for name in names)

    def want_still(self, camera: str, *, for_s: float) -> None:
        """See `Bus.want_still`. The wishes of a site end together: the last one's time holds for all."""
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.sadd(self._wishes, camera)
        pipeline.pexpire(self._wishes, max(1, round(for_s * 1000)))
        self._ask(pipeline.execute)

    def claim_still(self, cameras: Collection[str]) -> str | None:
        """See `Bus.claim_still`."""
        wanted = map(_text, self._ask(lambda: self._redis.smembers(self._wishes)))
        return next((one for one in wanted if one in cameras and self._claims(one)), None)

    def publish_still(self, still: Still) -> None:
        """See `Bus.publish_still`."""
        self._ask(lambda: self._redis.publish(self._still_channel(still.camera), encode(still)))

    def stills(self, cameras: Sequence[str], *, block_s: float) -> list[Still]:
        """See `Bus.stills`."""
        return self._ask(lambda: self._heard_stills.hear(frozenset(cameras), block_s))

    def close(self) -> None:
        """See `Bus.close`."""
        self._heard_previews.close()
        self._heard_stills.close()
        self._redis.close()

    def _key(self, stream: StreamName) -> str:
        return f"{self._prefix}:{stream}"

    def _stream(self, key: bytes) -> StreamName:
        name = key.decode().rsplit(":", 1)[-1]
        return next(stream for stream in STREAMS if stream == name)

    def _preview_channel(self, camera: str) -> str:
        return f"{self._prefix}:preview:{camera}"

    def _still_channel(self, camera: str) -> str:
        return f"{self._prefix}:still:{camera}"

    def _claims(self, camera: str) -> bool:
        """Whether nobody else has claimed it before."""
        return bool(self._ask(lambda: self._redis.srem(self._wishes, camera)))

    def _ask(self, call: Callable[[], T], group: str | None = None) -> T:
        try:
            return call()
        except redis.RedisError as error:
            if group is not None:
                self._groups_made.discard(group)  # a Redis that lost its data has lost the group too
            raise BusError(f"Redis at {self._where} {_why(error)}") from None

    def _ensure_group(self, group: str) -> None:
        if group in self._groups_made:
            return
        for stream in STREAMS:
            self._ask(lambda stream=stream: self._make_group(stream, group))  # type: ignore[misc]  # bound at once
        self._groups_made.add(group)

    def _make_group(self, stream: StreamName, group: str) -> None:
        try:
            self._redis.xgroup_create(self._key(stream), group, id="0", mkstream=True)
        except redis.ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    def _recover(self, group: str, consumer: str, limit: int) -> list[Received]:
        """What this consumer, or a dead one of its group, took and never acknowledged."""
        own, now = (group, consumer), time.monotonic()
        if now - self._recovered_at.get(own, -ABANDONED_AFTER_S) < ABANDONED_AFTER_S / 2:
            return []
        idle_ms = 0 if own not in self._recovered_at else int(ABANDONED_AFTER_S * 1000)
        recovered: list[Received] = []
        for stream in STREAMS:
            recovered += self._ask(
                lambda stream=stream: self._claim(stream, group, consumer, limit, idle_ms),  # type: ignore[misc]
                group,
            )
        if not recovered:
            self._recovered_at[own] = now
        return recovered

    def _claim(self, stream: StreamName, group: str, consumer: str, limit: int, idle_ms: int) -> list[Received]:
        if idle_ms == 0:
            answer = self._redis.xreadgroup(group, consumer, {self._key(stream): "0"}, count=limit)
            entries = [entry for _key, found in _pairs(answer) for entry in found]
        else:
            entries = self._redis.xautoclaim(self._key(stream), group, consumer, idle_ms, count=limit)[1]
        return [_received(stream, entry_id, fields) for entry_id, fields in entries if fields]

    def _backlog(self, stream: StreamName, group: str) -> int:
        """Entries after the last one delivered, and those delivered but not acknowledged."""
        groups = self._ask(lambda: self._redis.xinfo_groups(self._key(stream)))
        mine = next((entry for entry in groups if _text(entry["name"]) == group), None)
        if mine is None:
            return 0
        undelivered = mine.get("lag")
        if undelivered is None:  # Redis 6.2 does not count it
            after = f"({_text(mine['last-delivered-id'])}"
            undelivered = len(self._ask(lambda: self._redis.xrange(self._key(stream), min=after, count=10_000)))
        return int(undelivered) + int(mine["pending"])

    def _now_s(self) -> float:
        """Redis' own clock: those of the machines that ask may differ."""
        seconds, microseconds = self._redis.time()
        return float(seconds + microseconds / 1e6)

    def _watch(self, cameras: Sequence[str], for_s: float) -> None:
        until_s = self._now_s() + for_s
        self._redis.zadd(f"{self._prefix}:watched", dict.fromkeys(cameras, until_s), gt=True)

    def _attend(self, key: str, who: str, for_s: float) -> frozenset[str]:
        now = self._now_s()
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.zadd(key, {who: now + for_s})
        pipeline.zremrangebyscore(key, "-inf", now)
        pipeline.zrange(key, 0, -1)
        return frozenset(map(_text, pipeline.execute()[-1]))


def _pairs(answer: Any) -> Iterable[tuple[bytes, list[tuple[bytes, dict[bytes, bytes]]]]]:
    """XREADGROUP's answer: a list of pairs in RESP2, a mapping of lists of batches in RESP3."""
    if not answer:
        return []
    if isinstance(answer, dict):
        return [(key, [entry for batch in batches for entry in batch]) for key, batches in answer.items()]
    return [(key, entries) for key, entries in answer]


def _received(stream: StreamName, entry_id: bytes, fields: dict[bytes, bytes]) -> Received:
    try:
        message = decode(fields[b"m"])
    except (KeyError, ValidationError):
        message = None
    return Received(stream, _text(entry_id), None if isinstance(message, Picture) else message)


def _why(error: redis.RedisError) -> str:
    """What a person does something with: the library tells of sockets and numbers."""
    text = redact(str(error)).rpartition("of pipeline caused error: ")[2] or type(error).__name__
    if isinstance(error, redis.TimeoutError):
        return f"does not answer within {ANSWER_TIMEOUT_S:g} s"
    return "refuses the connection" if "Connection refused" in text else f"says: {text}"


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
