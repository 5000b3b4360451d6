"""A webhook: one signed HTTP POST an attempt."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime

import httpx

from crushwatch import __version__
from crushwatch.site import Webhook
from service.notify.retry import Answer
from service.notify.signature import signed_headers
from service.store.deliveries import Delivery


class WebhookChannel:
    """Posts to one receiver, as Standard Webhooks have it. Redirects are not followed."""

    def __init__(self, part: Webhook) -> None:
        self._part = part
        self._client = httpx.AsyncClient(
            timeout=part.timeout_s,
            follow_redirects=False,
            headers={"content-type": "application/json", "user-agent": f"crushwatch/{__version__}"},
        )

    async def send(self, delivery: Delivery) -> Answer:
        """See `Channel.send`."""
        headers = signed_headers(self._part.secret, delivery.event_id, delivery.body, datetime.now(UTC))
        try:
            async with asyncio.timeout(self._part.timeout_s), self._post(delivery.body, headers) as response:
                return Answer(status=response.status_code, retry_after=response.headers.get("retry-after"))
        except (TimeoutError, httpx.TimeoutException):
            return Answer(error=f"no answer in {self._part.timeout_s:g} s")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Answer(error=f"no connection to the receiver ({type(error).__name__})")

    def _post(self, body: str, headers: dict[str, str]) -> AbstractAsyncContextManager[httpx.Response]:
        """The answer's body is not read: nothing in it is needed."""
        return self._client.stream("POST", self._part.url.reveal(), content=body.encode(), headers=headers)

    async def close(self) -> None:
        """See `Channel.close`."""
        await self._client.aclose()
