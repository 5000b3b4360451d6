"""The seam of notification: something that a delivery can be sent through. It knows nothing of retries."""

from __future__ import annotations

from typing import Protocol

from service.notify.retry import Answer
from service.store.deliveries import Delivery


class Channel(Protocol):
    """One receiver."""

    async def send(self, delivery: Delivery) -> Answer:
        """One attempt; never raises, what went wrong is in the answer, without addresses or secrets."""
        ...

    async def close(self) -> None:
        """Give the connections back."""
        ...
