"""/metrics: what Prometheus reads. Labels are the site's own ids, so their number is bounded.

A region of which nothing is known has no density here, so that no graph shows an old figure as a new one; its level is
-1 and its age grows.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence

from prometheus_client import (
    CollectorRegistry,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from crushwatch import __version__
from crushwatch.messages import RAISED_LEVELS
from crushwatch.rules.sight import LEVEL_OF
from crushwatch.site import Site
from service import clock, second_service
from service.api.views import CameraCondition
from service.board import Board, Facts
from service.clock import Instant
from service.desk import Desk
from service.region_gauges import RegionGauges
from service.show import Display, camera_standing
from service.store import StoreError
from service.tally import Tally

_LATENCY_BUCKETS = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0)
_CAMERA = ("site", "camera")
OPENMETRICS_END = b"# EOF\n"


class Metrics(Collector):
    """Everything that is counted or measured, at the moment it is asked for."""

    def __init__(self, site: Site, board: Board, display: Display, desk: Desk, tally: Tally) -> None:
        self._site = site
        self._board = board
        self._regions = RegionGauges(site, display)
        self._desk = desk
        self._tally = tally
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has it so
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        self._to_store = self._latency("store", "in the database")
        self._to_browser = self._latency("browser", "handed to a browser's socket")

    def stored(self, ages_s: Sequence[float]) -> None:
        """Readings were stored, so many seconds after their capture."""
        _observe(self._to_store, ages_s)
        self._tally.to_store.add(ages_s)

    def sent(self, ages_s: Sequence[float]) -> None:
        """Readings were handed to a browser's socket, so many seconds after their capture."""
        _observe(self._to_browser, ages_s)
        self._tally.to_browser.add(ages_s)

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """The text and its type, in the newest form that the asker takes."""
        encode, content_type = choose_encoder(accept)
        text, regions = encode(self._registry), self._regions.text(self._board.facts(), clock.now()).encode()
        end = OPENMETRICS_END if text.endswith(OPENMETRICS_END) else b""
        return text[: len(text) - len(end)] + regions + end, content_type

    def collect(self) -> Iterable[Metric]:
        """See Collector. Regions are written apart: of a large site they are most of it."""
        facts, now = self._board.facts(), clock.now()
        yield from _build_info()
        yield from self._of_site_file()
        yield from self._of_cameras(facts, now)
        yield from self._of_alerts()
        yield from self._of_counts()
        yield _gauge("crushwatch_bus_up", "1 while the bus answers.", float(facts.bus.reachable))
        help_text = "1 while another service takes part of this site's messages."
        yield _gauge("crushwatch_second_service", help_text, float(self._board.has_fault(second_service.FAULT)))
        if facts.backlog is not None:
            help_text = "Messages on the bus that the service has not handled yet."
            yield _gauge("crushwatch_bus_backlog_messages", help_text, facts.backlog)

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: what there is depends on the site."""
        return ()

    def _latency(self, place: str, words: str) -> Histogram:
        help_text = f"Seconds from the capture of a frame until its reading is {words}."
        name = f"crushwatch_capture_to_{place}_seconds"
        return Histogram(name, help_text, buckets=_LATENCY_BUCKETS, registry=self._registry)

    def _of_site_file(self) -> Iterable[Metric]:
        counts = self._tally.site_file_counts()
        yield _gauge("crushwatch_site_revision", "Revision of the site file that is in force.", self._site.revision)
        help_text = "0 while the site file on disk has faults and an older revision is in force."
        yield _gauge("crushwatch_site_file_valid", help_text, float(counts.valid))
        reloads = CounterMetricFamily(
            "crushwatch_site_reloads", "Changes of the site file that were taken up or refused.", labels=("result",)
        )
        reloads.add_metric(("taken",), counts.taken)
        reloads.add_metric(("refused",), counts.refused)
        yield reloads

    def _of_cameras(self, facts: Facts, now: Instant) -> Iterable[Metric]:
        up = _family("crushwatch_camera_up", "1 while the camera gives pictures that can be counted.", _CAMERA)
        rate = _family("crushwatch_camera_analysed_frames_per_second", "Frames counted.", _CAMERA)
        fault = _family("crushwatch_camera_fault", "1 while that alert of the camera is open.", (*_CAMERA, "fault"))
        for camera in self._site.cameras:
            labels = (self._site.id, camera)
            is_up = camera_standing(self._site, facts, camera, now).condition is CameraCondition.OK
            heard = facts.cameras.get(camera)
            health = heard.health if heard else None
            up.add_metric(labels, float(is_up))
            rate.add_metric(labels, health.analysed_rate_hz if health and is_up else 0.0)
            for name in LEVEL_OF:
                fault.add_metric((*labels, name), float(health is not None and name in (health.faults or ())))
        return (up, rate, fault)

    def _of_alerts(self) -> Iterable[Metric]:
        opened = _family("crushwatch_alerts_open", "Alerts whose cause holds now.", ("level",))
        waiting = _family("crushwatch_alerts_unacknowledged", "Alerts that nobody has acknowledged.", ())
        try:
            alerts = self._desk.open_alerts()
        except StoreError:
            return
        for level in RAISED_LEVELS:
            opened.add_metric((level.value,), sum(alert.is_raised and alert.level is level for alert in alerts))
        waiting.add_metric((), sum(alert.acknowledged_at is None for alert in alerts))
        yield from (opened, waiting)

    def _of_counts(self) -> Iterable[Metric]:
        counts = self._tally.view()
        yield _counter("crushwatch_readings_stored", "Readings stored.", counts.readings_stored)
        yield _counter("crushwatch_readings_dropped", "Readings shown and never stored.", counts.readings_dropped)
        yield _counter("crushwatch_messages_rejected", "Messages kept apart.", counts.messages_rejected)
        yield _gauge("crushwatch_live_clients", "Browsers on the live channel.", counts.live_clients)
        transitions = CounterMetricFamily(
            "crushwatch_alert_transitions", "Steps in the life of alerts.", labels=("change", "level")
        )
        for labels, count in sorted(self._tally.transitions().items()):
            transitions.add_metric(labels, count)
        attempts = CounterMetricFamily(
            "crushwatch_webhook_deliveries", "Attempts at webhooks.", labels=("channel", "result")
        )
        for labels, count in sorted(self._tally.deliveries().items()):
            attempts.add_metric(labels, count)
        yield from (transitions, attempts)


def _build_info() -> Iterable[Metric]:
    info = _family("crushwatch_build_info", "1, with the versions as labels.", ("version", "python"))
    info.add_metric((__version__, platform.python_version()), 1)
    yield info


def _family(name: str, help_text: str, labels: Sequence[str]) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, help_text, labels=labels)


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_text, value=value)


def _counter(name: str, help_text: str, value: float) -> Metric:
    return CounterMetricFamily(name, help_text, value=value)


def _observe(histogram: Histogram, ages_s: Sequence[float]) -> None:
    for age_s in ages_s:
        histogram.observe(max(age_s, 0.0))
