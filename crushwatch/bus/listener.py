"""Pictures that Redis hands to whoever listens and keeps nowhere: not in its memory, not in its files."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from crushwatch.messages import Picture, decode

Shown = TypeVar("Shown", bound=Picture)


class Listener(Generic[Shown]):
    """What is published of one kind, a channel a camera. Used by one thread."""

    def __init__(self, redis: Any, kind: type[Shown], channel_of: Callable[[str], str]) -> None:
        self._redis = redis
        self._kind: type[Shown] = kind
        self._channel_of = channel_of
        self._pubsub: Any = None
        self._listening: frozenset[str] = frozenset()

    def hear(self, cameras: frozenset[str], block_s: float) -> list[Shown]:
        """Listen to these cameras from now on; what has come, waiting up to `block_s` for the first."""
        if not cameras:
            self.close()
            time.sleep(block_s)
            return []
        if self._pubsub is None:
            self._pubsub = self._redis.pubsub(ignore_subscribe_messages=True)
        self._listen_to(cameras)
        found: list[Shown] = []
        deadline = time.monotonic() + block_s
        while True:
            left = 0.0 if found else max(0.0, deadline - time.monotonic())
            message = self._pubsub.get_message(timeout=left)
            if message is not None:
                found += self._read(message)
            elif found or left == 0.0:
                return found

    def close(self) -> None:
        """Give the connection back."""
        if self._pubsub is not None:
            self._pubsub.close()
            self._pubsub, self._listening = None, frozenset()

    def _listen_to(self, cameras: frozenset[str]) -> None:
        gone, new = self._listening - cameras, cameras - self._listening
        if gone:
            self._pubsub.unsubscribe(*map(self._channel_of, gone))
        if new:
            self._pubsub.subscribe(*map(self._channel_of, new))
        self._listening = cameras

    def _read(self, message: dict[str, Any]) -> list[Shown]:
        try:
            decoded = decode(message["data"])
        except (KeyError, TypeError, ValidationError):
            return []
        return [decoded] if isinstance(decoded, self._kind) else []
