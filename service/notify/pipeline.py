"""From the queue to the receivers: each channel has its own task, so that a slow one delays nobody else.

route (in the transaction that stores the event) -> dedup (unique in the queue) -> send -> retry -> record.
The queue is the `deliveries` table: a restart loses nothing. What came of an attempt is held while the database takes
nothing (a full disk), and the rest goes on: nothing that was taken is posted again, unless the process ends before it
could be recorded. Then it is posted with the same webhook-id, by which receivers know it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from crushwatch.site import Site, Webhook
from service.notify.channel import Channel
from service.notify.retry import Again, Answer, Closed, Delivered, Verdict, judge
from service.notify.webhook import WebhookChannel
from service.store import Database, StoreError, deliveries
from service.store.deliveries import Delivery
from service.tally import DEAD, DELIVERED, FAILED, Tally

LOOK_EVERY_S = 1.0

log = structlog.get_logger("crushwatch.service.notify")


@dataclass(frozen=True)
class _Attempt:
    """What was sent and what came of it."""

    delivery: Delivery
    answer: Answer
    verdict: Verdict


class Pipeline:
    """Sends what waits in the queue, for as long as `run` runs."""

    def __init__(
        self, site: Site, database: Database, tally: Tally, make: Callable[[Webhook], Channel] = WebhookChannel
    ) -> None:
        self._parts: Mapping[str, Webhook] = {name: part for name, part in site.notifications.items() if part.enabled}
        self._database = database
        self._tally = tally
        self._make = make
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wakes: dict[str, asyncio.Event] = {}
        self._paused_until: dict[str, datetime] = {}
        self._unrecorded: dict[str, list[_Attempt]] = {name: [] for name in self._parts}
        self._ended = False

    @property
    def has_ended(self) -> bool:
        """Whether nothing is sent any more, though there is somebody to send to."""
        return self._ended

    async def run(self) -> None:
        """Until cancelled."""
        self._loop = asyncio.get_running_loop()
        self._wakes = {name: asyncio.Event() for name in self._parts}
        try:
            async with asyncio.TaskGroup() as channels:
                for name, part in self._parts.items():
                    channels.create_task(self._serve(name, part), name=f"notify {name}")
        finally:
            self._ended = bool(self._parts)

    def wake(self) -> None:
        """There is something new in the queue; from any thread."""
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the loop has ended: what waits is sent after the next start
                loop.call_soon_threadsafe(self._wake_all)

    def _wake_all(self) -> None:
        for wake in self._wakes.values():
            wake.set()

    async def _serve(self, name: str, part: Webhook) -> None:
        channel = self._make(part)
        try:
            while True:
                try:
                    found = await self._send_next(name, channel)
                except StoreError as error:
                    log.warning("the queue of notifications cannot be read or written", channel=name, why=str(error))
                    found = False
                except Exception:  # at the channel's edge: one that fails must not end the others
                    log.exception("a channel failed; it is tried again", channel=name)
                    found = False
                if not found:
                    await self._rest(self._wakes[name])
        finally:
            await channel.close()

    async def _send_next(self, name: str, channel: Channel) -> bool:
        """Send one if one is due; returns whether there was one."""
        held = self._unrecorded[name]
        if held:
            with suppress(StoreError):  # said when it was sent; the next may have better luck
                await asyncio.to_thread(self._record_all, held)
        delivery = await asyncio.to_thread(self._next_due, name)
        if delivery is None:
            return False
        answer = await channel.send(delivery)
        verdict = judge(answer, delivery.attempts, delivery.give_up_at, datetime.now(UTC), random.random())
        if isinstance(verdict, Again) and answer.retry_after:
            self._paused_until[name] = verdict.at  # the receiver asks for a rest from everything
        held.append(_Attempt(delivery, answer, verdict))
        await asyncio.to_thread(self._record_all, held)
        return True

    async def _rest(self, wake: asyncio.Event) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(wake.wait(), LOOK_EVERY_S)
        wake.clear()

    def _next_due(self, name: str) -> Delivery | None:
        now = datetime.now(UTC)
        if now < self._paused_until.get(name, now):
            return None
        held = self._unrecorded[name]
        besides = [attempt.delivery.id for attempt in held]
        taken = [attempt.delivery.id for attempt in held if isinstance(attempt.verdict, Delivered)]
        with self._database.reading() as connection:
            if name in deliveries.channels_closed(connection):
                return None
            return deliveries.next_due(connection, name, now, besides=besides, taken=taken)

    def _record_all(self, held: list[_Attempt]) -> None:
        while held:
            self._record(held[0])
            del held[0]

    def _record(self, attempt: _Attempt) -> None:
        delivery, answer, verdict = attempt.delivery, attempt.answer, attempt.verdict
        at = datetime.now(UTC)
        with self._database.writing(durable=True) as connection:
            if isinstance(verdict, Delivered):
                deliveries.delivered(connection, delivery, verdict.status, at)
            elif isinstance(verdict, Again):
                deliveries.postponed(connection, delivery, answer.status, verdict.error, verdict.at)
            else:
                deliveries.died(connection, delivery, answer.status, verdict.error)
            if isinstance(verdict, Closed):
                deliveries.close_channel(connection, delivery.channel, verdict.error, at)
        self._report(delivery, verdict)

    def _report(self, delivery: Delivery, verdict: Verdict) -> None:
        told = log.bind(channel=delivery.channel, event_id=delivery.event_id, attempt=delivery.attempts + 1)
        if isinstance(verdict, Delivered):
            self._tally.delivery(delivery.channel, DELIVERED)
            told.info("delivered", type=delivery.type)
        elif isinstance(verdict, Again):
            self._tally.delivery(delivery.channel, FAILED)
            if delivery.attempts == 0:
                told.warning("not delivered yet", why=verdict.error, again_at=verdict.at.isoformat())
        else:
            self._tally.delivery(delivery.channel, DEAD)
            told.error("given up; see /api/v1/deliveries?state=dead", why=verdict.error)
