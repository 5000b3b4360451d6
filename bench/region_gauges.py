"""What do the gauges of a large site's regions cost at each reading of /metrics, and what by Prometheus' own library?

`written_ms` is all that we do for them: the levels of the regions, their ages, the text. `library_ms` is the library's
part alone: the same samples made into its families and written. Processor time, the best of some rounds.

    python -m bench.region_gauges [REGIONS]      2000 by default
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from bench.publisher import camera_health, reading
from crushwatch.site import Site
from service import clock
from service.board import Board
from service.region_gauges import RegionGauges
from service.show import Display

SITE = "large"
REGIONS_A_CAMERA = 8
ROUNDS = 15


class _Known(Collector):
    """The library's families of samples that are known already."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        for known in self._families:
            names = tuple(known.samples[0].labels)
            family = GaugeMetricFamily(known.name, known.documentation, labels=names)
            for sample in known.samples:
                family.add_metric([sample.labels[name] for name in names], sample.value)
            yield family


def measure(regions: int) -> dict[str, float]:
    """{"regions", "lines", "written_ms", "library_ms"}."""
    cameras = range(regions // REGIONS_A_CAMERA)
    site, now = _site(len(cameras)), clock.now()
    board = Board(site, now)
    board.hear((camera_health(SITE, number, now.wall) for number in cameras), now)
    board.hear((reading(SITE, number, region, 1) for number in cameras for region in range(REGIONS_A_CAMERA)), now)
    gauges, facts = RegionGauges(site, Display(site)), board.facts()
    text = gauges.text(facts, now)
    registry = CollectorRegistry()
    registry.register(_Known([family for family in text_string_to_metric_families(text) if family.samples]))
    return {
        "regions": regions,
        "lines": text.count("\n"),
        "written_ms": _best_ms(lambda: gauges.text(facts, now)),
        "library_ms": _best_ms(lambda: generate_latest(registry)),
    }


def _site(cameras: int) -> Site:
    region = {"polygon_px": [[0, 0], [1280, 0], [1280, 720], [0, 720]], "area_m2": 80}
    regions = {f"region-{number}": region for number in range(REGIONS_A_CAMERA)}
    camera = {"source": "sim:calm", "picture_size_px": [1280, 720], "regions": regions}
    return Site.model_validate({"id": SITE, "cameras": {f"camera-{number:03}": camera for number in range(cameras)}})


def _best_ms(work: Callable[[], object]) -> float:
    took_s = []
    for _round in range(ROUNDS):
        began_s = time.process_time()
        work()
        took_s.append(time.process_time() - began_s)
    return round(min(took_s) * 1000, 1)


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if sys.argv[1:] else 2000)))
