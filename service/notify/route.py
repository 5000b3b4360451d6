"""Which channels are told of what. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from crushwatch.messages import SEVERITY
from crushwatch.site import Site, Webhook
from service.alarms.alert import Alert
from service.alarms.watchdog import BUS_UNREACHABLE, DOUBLE_WATCH, OF_WORKERS
from service.notify.letter import Occasion, body
from service.store.deliveries import NewDelivery

OF_ALL = OF_WORKERS | {BUS_UNREACHABLE, DOUBLE_WATCH}


def route(site: Site, occasions: Iterable[Occasion], at: datetime) -> list[NewDelivery]:
    """One delivery for each occasion and each channel that wants it, in order."""
    deliveries: list[NewDelivery] = []
    for occasion in occasions:
        channels = {name: part for name, part in site.notifications.items() if wants(part, occasion.alert, site)}
        text = body(site, occasion) if channels else ""
        deliveries += [_delivery(name, part, occasion, text, at) for name, part in channels.items()]
    return deliveries


def wants(channel: Webhook, alert: Alert, site: Site) -> bool:
    """Whether a channel is told of an alert: once it has reached the channel's level, of everything that follows.

    A channel for some cameras is also told what concerns all: workers, and the service itself. A worker may be called
    as one of the cameras is.
    """
    if not channel.enabled or SEVERITY[alert.highest_level] < SEVERITY[channel.minimum_level]:
        return False
    concerns_all = alert.rule in OF_ALL or alert.camera not in site.cameras
    return channel.cameras is None or concerns_all or alert.camera in channel.cameras


def _delivery(name: str, channel: Webhook, occasion: Occasion, text: str, at: datetime) -> NewDelivery:
    return NewDelivery(
        channel=name,
        event_id=occasion.event_id,
        alert_id=occasion.alert.alert_id,
        type=occasion.type,
        body=text,
        give_up_at=at + timedelta(seconds=channel.give_up_after_s),
    )
