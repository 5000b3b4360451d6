"""What the service has done since it started, counted; and how long things took. Thread-safe."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass

from service.alarms.ledger import Step
from service.api.views import CountersView, LatencyView

DELIVERED, FAILED, DEAD = "delivered", "failed", "dead"


class Latencies:
    """The last some thousand durations."""

    def __init__(self, kept: int = 5000) -> None:
        self._lock = threading.Lock()
        self._seconds: deque[float] = deque(maxlen=kept)

    def add(self, seconds: Iterable[float]) -> None:
        """Some more."""
        with self._lock:
            self._seconds.extend(seconds)

    def view(self) -> LatencyView:
        """Median and 95th percentile, in milliseconds."""
        with self._lock:
            ordered = sorted(self._seconds)
        if not ordered:
            return LatencyView()
        p50, p95 = (round(1000 * ordered[int(share * (len(ordered) - 1))], 1) for share in (0.5, 0.95))
        return LatencyView(p50=p50, p95=p95, samples=len(ordered))


@dataclass(frozen=True)
class SiteFileCounts:
    """How the site file stands: in force or with faults; changes that were taken up, and that were refused."""

    valid: bool = True
    taken: int = 0
    refused: int = 0


class Tally:
    """Counts. `to_store` and `to_browser` hold seconds from a frame's capture."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readings_stored = 0
        self._readings_repeated = 0
        self._readings_dropped = 0
        self._alert_events = 0
        self._rejected = 0
        self._live_clients = 0
        self._site_file = SiteFileCounts()
        self._transitions: Counter[tuple[str, str]] = Counter()
        self._deliveries: Counter[tuple[str, str]] = Counter()
        self.to_store = Latencies()
        self.to_browser = Latencies()

    def readings(self, *, stored: int, repeated: int) -> None:
        """Readings that came: new ones, and those that were there already."""
        with self._lock:
            self._readings_stored += stored
            self._readings_repeated += repeated

    def readings_dropped(self, count: int) -> None:
        """Readings that were shown and never stored: the database was away for too long."""
        with self._lock:
            self._readings_dropped += count

    def alerts(self, steps: Iterable[Step], new_events: int) -> None:
        """Alert events that came, and the steps they made."""
        with self._lock:
            self._alert_events += new_events
            self._transitions.update((step.event.change.value, step.event.level.value) for step in steps)

    def rejected(self, count: int) -> None:
        """Messages that could not be read or stored."""
        with self._lock:
            self._rejected += count

    def delivery(self, channel: str, result: str) -> None:
        """An attempt at a webhook: delivered, failed (and tried again), dead."""
        with self._lock:
            self._deliveries[channel, result] += 1

    def live_clients(self, count: int) -> None:
        """So many browsers listen now."""
        with self._lock:
            self._live_clients = count

    def site_file(self, *, valid: bool, taken: int, refused: int) -> None:
        """Whether the site file on the disk is in force, and how its changes went since the process started."""
        with self._lock:
            self._site_file = SiteFileCounts(valid, taken, refused)

    def site_file_counts(self) -> SiteFileCounts:
        """What was told last."""
        with self._lock:
            return self._site_file

    def transitions(self) -> dict[tuple[str, str], int]:
        """Steps of alerts by change and level."""
        with self._lock:
            return dict(self._transitions)

    def deliveries(self) -> dict[tuple[str, str], int]:
        """Attempts at webhooks by channel and result."""
        with self._lock:
            return dict(self._deliveries)

    def view(self) -> CountersView:
        """All counts."""
        with self._lock:
            return CountersView(
                readings_stored=self._readings_stored,
                readings_repeated=self._readings_repeated,
                readings_dropped=self._readings_dropped,
                alert_events_stored=self._alert_events,
                alerts_raised=self._sum(self._transitions, 0, "raised"),
                alerts_cleared=self._sum(self._transitions, 0, "cleared"),
                messages_rejected=self._rejected,
                webhooks_delivered=self._sum(self._deliveries, 1, DELIVERED),
                webhooks_failed=self._sum(self._deliveries, 1, FAILED),
                webhooks_dead=self._sum(self._deliveries, 1, DEAD),
                live_clients=self._live_clients,
            )

    @staticmethod
    def _sum(counts: Counter[tuple[str, str]], place: int, name: str) -> int:
        return sum(count for key, count in counts.items() if key[place] == name)
