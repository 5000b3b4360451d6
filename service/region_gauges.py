"""The gauges of regions as Prometheus reads them, written without its library: of 2,000 regions they are 24,000 lines,
and while Python's lock is held for them the live channel waits. What the site file says is written once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from crushwatch.messages import RAISED_LEVELS, SEVERITY, Level
from crushwatch.site import Site
from service.board import Facts, HeardReading, RegionKey
from service.clock import Instant
from service.show import Display, Standing, camera_standing, reading_age_s, region_seen

THRESHOLD = ("crushwatch_region_threshold_people_per_square_metre", "From here the level is raised.")
GAUGES = {
    "density": ("crushwatch_region_density_people_per_square_metre", "Mean density of the region."),
    "low": (
        "crushwatch_region_density_low_people_per_square_metre",
        "The lower end of the 90 % interval of the mean density.",
    ),
    "high": (
        "crushwatch_region_density_high_people_per_square_metre",
        "The upper end of the 90 % interval of the mean density.",
    ),
    "peak": ("crushwatch_region_peak_density_people_per_square_metre", "Highest density over 3 m x 3 m."),
    "count": ("crushwatch_region_count_people", "People in the region."),
    "level": ("crushwatch_region_level", "-1 unknown, 0 clear, 1 notice ... 4 critical."),
    "quality": ("crushwatch_region_quality_ratio", "0: not to be believed, 1: nothing against it."),
    "age": ("crushwatch_region_age_seconds", "Age of the region's newest reading."),
}


class RegionGauges:
    """Of one site."""

    def __init__(self, site: Site, display: Display) -> None:
        self._site = site
        self._labels = {key: _labels(site.id, key) for key in display.regions}
        self._thresholds = _written(*THRESHOLD, _thresholds(site.id, display))

    def text(self, facts: Facts, now: Instant) -> str:
        """All families, in the form that both of Prometheus' formats have in common."""
        lines: dict[str, list[tuple[str, float]]] = {name: [] for name in GAUGES}
        standings = {camera: camera_standing(self._site, facts, camera, now) for camera in self._site.cameras}
        for key, labels in self._labels.items():
            for name, value in self._values(facts.readings.get(key), standings[key[0]], now):
                lines[name].append((labels, value))
        return "".join([*(_written(*GAUGES[name], found) for name, found in lines.items()), self._thresholds])

    def _values(self, heard: HeardReading | None, standing: Standing, now: Instant) -> Iterator[tuple[str, float]]:
        """What is known of a region; of one whose level is unknown neither density nor count."""
        level = region_seen(self._site.rules, standing, heard, now).level
        yield "level", SEVERITY[level]
        if heard is None:
            return
        yield "age", round(reading_age_s(heard, now), 3)
        if level is Level.UNKNOWN:
            return
        reading = heard.reading
        yield "count", reading.count
        yield "quality", reading.quality
        found = {"density": reading.density_per_m2, "peak": reading.peak_density_per_m2}
        if reading.band is not None:
            found |= {"low": reading.band.density_low_per_m2, "high": reading.band.density_high_per_m2}
        for name, value in found.items():
            if value is not None:
                yield name, value


def _thresholds(site: str, display: Display) -> Iterator[tuple[str, float]]:
    for key in display.regions:
        levels = display.thresholds(key)
        for level in RAISED_LEVELS:
            yield _labels(site, key, level=level.value), getattr(levels, level.value)


def _labels(site: str, key: RegionKey, **more: str) -> str:
    """By their names, as Prometheus' own library has them.

    >>> _labels("arena", ("gate", 'the "stairs"'))
    'camera="gate",region="the \\\\"stairs\\\\"",site="arena"'
    """
    labels = {"site": site, "camera": key[0], "region": key[1], **more}
    return ",".join(f'{name}="{_escaped(labels[name])}"' for name in sorted(labels))


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _written(name: str, help_text: str, found: Iterable[tuple[str, float]]) -> str:
    """One family: of (labels, value)."""
    lines = [f"{name}{{{labels}}} {float(value)!r}\n" for labels, value in found]
    return "".join([f"# HELP {name} {help_text}\n# TYPE {name} gauge\n", *lines])
