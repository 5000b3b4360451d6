"""crushwatch replay: what a site's rules would have said of a recording."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import typer

from crushwatch.errors import SiteError
from crushwatch.ground import load_checked_site
from crushwatch.messages import AlertEvent
from crushwatch.models import find_model
from crushwatch.site import Camera, Site
from crushwatch.site.unread import ALL_DOORS
from workers.bands import open_bands
from workers.infer.choose import open_engine
from workers.replay.film import filmed_moments
from workers.replay.ledger import Ledger, compared, comparison_lines
from workers.replay.moment import Moment
from workers.replay.run import Replay, Summary
from workers.replay.stored import SUFFIX, Rejudgement, Sieve, read_readings
from workers.replay.truth import SUFFIXES, true_moments

TRUTH = "truth"
LOCAL_TIME = "%Y-%m-%d %H:%M:%S"
Step = tuple[float, list[AlertEvent]]
"""Seconds of the recording, and what was raised or cleared then."""


class Run(Protocol):
    """A recording under one site's rules. began_at: None where a recording knows no time of day."""

    summary: Summary
    began_at: datetime | None


Judged = tuple[Sequence[Run], Iterator[Sequence[Step]], Sieve]
"""The recording under each site's rules; step by step what each said; what of it was left out."""

FIGURES = {
    "count": "{:.0f} people",
    "density_per_m2": "{:.1f} people/m²",
    "peak_density_per_m2": "{:.1f} over 3 m × 3 m",
    "speed_m_s": "{:.1f} m/s",
    "pressure_per_s2": "pressure {:.2f} per s²",
}
"""How the highest of each figure is said, in this order."""


def replay(
    recording: Path = typer.Argument(
        ...,
        help="A video; a truth of `crushwatch simulate --truth` (.json, .h5); or what was measured, as "
        "`crushwatch readings` writes it (.jsonl).",
    ),
    site: Path = typer.Option(..., help="The site file whose rules are run."),
    camera: str = typer.Option(
        "", help="The camera that filmed it; needed where the site has several. Of readings: this camera's alone."
    ),
    against: Path | None = typer.Option(
        None, metavar="SITE", help="Another site file: how often, when and how long each of the two would have alerted."
    ),
    as_json: bool = typer.Option(
        False, "--json", help="One JSON object an event, and one at the end, instead of text."
    ),
) -> None:
    """Run a site's rules over a recording and print what would have been raised, and when.

    When is told in seconds of the recording; of readings by the clock of the place, for they know the time of day.

    A video is counted by the site's model; of a truth the true heads are taken; readings were measured when they were
    stored, so they need no picture: only the rules are run again, without those on movement, which is not stored.
    Regions that a site file does not have (renamed, or drawn since) are left out and named.

    Example: crushwatch replay saturday.mp4 --site site.yaml --camera north-gate

    Example: crushwatch replay saturday.jsonl --site site.yaml --against stricter.yaml
    """
    files = [site] if against is None else [site, against]
    loaded = [load_checked_site(file, unread=ALL_DOORS) for file in files]
    is_stored = recording.suffix.lower() == SUFFIX
    opened = _readings(recording, files, loaded, camera) if is_stored else _pictures(recording, files, loaded, camera)
    clock = ZoneInfo(loaded[0].timezone) if is_stored else None
    with opened as (runs, steps, sieve):
        if against is None:
            _tell_events(runs[0], (step[0] for step in steps), sieve, as_json, clock)
        else:
            _tell_comparison([str(file) for file in files], runs, steps, sieve, as_json, clock)


def _tell_events(run: Run, steps: Iterable[Step], sieve: Sieve, as_json: bool, clock: ZoneInfo | None) -> None:
    """clock: of the place where it was measured; None where a recording knows no time of day."""
    for at_s, events in steps:
        for event in events:
            typer.echo(_as_json(at_s, event, clock) if as_json else _as_text(at_s, event, clock))
    summary = {"summary": asdict(run.summary)} | _told_left_out(sieve)
    typer.echo(
        json.dumps(summary, ensure_ascii=False) if as_json else _summary_text(run.summary, is_stored=bool(clock))
    )


def _told_left_out(sieve: Sieve) -> dict[str, list[dict[str, object]]]:
    """As JSON has it; a person is told at once."""
    left_out = sieve.left_out()
    for each in left_out:
        typer.echo(each.render(), err=True)
    return {"left_out": [asdict(each) for each in left_out]} if left_out else {}


def _tell_comparison(
    names: Sequence[str],
    runs: Sequence[Run],
    steps: Iterable[Sequence[Step]],
    sieve: Sieve,
    as_json: bool,
    clock: ZoneInfo | None,
) -> None:
    ledgers = [Ledger() for _ in names]
    for together in steps:
        for ledger, (at_s, events) in zip(ledgers, together, strict=True):
            for event in events:
                ledger.add(at_s, event)
    run = runs[0]
    duration_s = run.summary.duration_s
    for ledger in ledgers:
        ledger.close(duration_s)
    rows = compared(ledgers)
    left_out = _told_left_out(sieve)
    if as_json:
        told = [asdict(row) | {"entries": dict(zip(names, map(asdict, row.entries), strict=True))} for row in rows]
        began = {} if run.began_at is None else {"began_at": run.began_at.astimezone(clock).isoformat()}
        typer.echo(json.dumps(began | {"duration_s": duration_s, "compared": told} | left_out, ensure_ascii=False))
    else:
        typer.echo("\n".join(comparison_lines(names, rows, duration_s, lambda at_s: _moment(run, at_s, clock))))


def _moment(run: Run, at_s: float, clock: ZoneInfo | None) -> str:
    """By the clock of the place, or in seconds of the recording where it knows no time of day."""
    if run.began_at is None:
        return f"{at_s:.1f} s"
    return f"{(run.began_at + timedelta(seconds=at_s)).astimezone(clock):{LOCAL_TIME}}"


@contextmanager
def _readings(recording: Path, files: Sequence[Path], sites: Sequence[Site], camera: str) -> Iterator[Judged]:
    """Readings are judged again as they stand."""
    for site in sites if camera else ():
        _camera(site, camera)
    runs = [Rejudgement(site) for site in sites]
    sieve = Sieve(dict(zip(map(str, files), sites, strict=True)), camera)
    fitting = sieve.fitting(read_readings(recording))
    yield runs, ([run.judged(reading) for run in runs] for reading in fitting), sieve


@contextmanager
def _pictures(recording: Path, files: Sequence[Path], sites: Sequence[Site], camera: str) -> Iterator[Judged]:
    """Each moment is counted once, as the first site's camera has it, and measured and judged by each."""
    site, key = sites[0], _camera(sites[0], camera)
    for other in sites[1:]:
        _refuse_another_view(site.cameras[key], other.cameras[_camera(other, key)])
    with _moments(recording, site, key) as (moments, model, engine):
        runs = []
        for file, each in zip(files, sites, strict=True):
            bands = {} if model == TRUTH else open_bands(find_model(site.worker.model), file, each)
            runs.append(Replay(each, key, model=model, engine=engine, band=bands.get(key)))
        yield runs, ([(moment.time_s, run.judged(moment)[1]) for run in runs] for moment in moments), Sieve({})


def _refuse_another_view(camera: Camera, other: Camera) -> None:
    told = ("name", "source", "regions", "gates", "obstacles")
    for name in type(camera).model_fields:
        if name not in told and getattr(camera, name) != getattr(other, name):
            raise SiteError(f"--against: the camera's {name} differs; only regions, gates, obstacles and rules may")


def _camera(site: Site, wanted: str) -> str:
    if wanted in site.cameras:
        return wanted
    if not wanted and len(site.cameras) == 1:
        return next(iter(site.cameras))
    said = f"no camera {wanted!r}" if wanted else "which camera filmed it? Give --camera"
    raise SiteError(f"{said}; there are {', '.join(site.cameras)}")


@contextmanager
def _moments(recording: Path, site: Site, key: str) -> Iterator[tuple[Iterator[Moment], str, str]]:
    """The recording's moments, with the names of the model and the engine that count it."""
    camera = site.cameras[key]
    if recording.suffix.lower() in SUFFIXES:
        yield true_moments(recording, camera), TRUTH, TRUTH
        return
    model, settings = find_model(site.worker.model), site.worker
    engine = open_engine(
        settings.engine, model, precision=settings.precision, shapes_px=[camera.engine_shape], batch_size=1
    )
    try:
        yield filmed_moments(recording, camera, engine), model.name, engine.name
    finally:
        engine.close()


def _as_json(at_s: float, event: AlertEvent, clock: ZoneInfo | None) -> str:
    when: dict[str, object] = {"at_s": round(at_s, 2)}
    if clock is not None:
        when["captured_at"] = event.captured_at.astimezone(clock).isoformat()
    told = event.model_dump(
        mode="json", exclude_none=True, exclude={"version", "kind", "captured_at", "published_at", "site"}
    )
    return json.dumps(when | told, ensure_ascii=False)


def _as_text(at_s: float, event: AlertEvent, clock: ZoneInfo | None) -> str:
    what = f"{event.rule} {event.change.value} {event.level.value}: {event.because}"
    if clock is None:
        return f"{at_s:8.1f} s  {event.region or '-'}  {what}"
    return f"{event.captured_at.astimezone(clock):{LOCAL_TIME}}  {event.camera}/{event.region or '-'}  {what}"


def _summary_text(summary: Summary, *, is_stored: bool) -> str:
    moments = _number(summary.frames, "moment" if is_stored else "frame")
    seen = f"{_number(summary.readings, 'reading')} of {moments}" if is_stored else moments
    lines = [f"{seen} over {summary.duration_s} s, {_number(summary.events, 'event')}"]
    for region, highest in summary.highest.items():
        figures = (said.format(highest[name]) for name, said in FIGURES.items() if name in highest)
        lines.append(f"highest in {region}: {highest['level']}, {', '.join(figures)}")
    return "\n".join(lines)


def _number(number: int, of_what: str) -> str:
    return f"{number} {of_what}{'' if number == 1 else 's'}"
