"""crushwatch replay: what a site's rules would have said of a recording."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import typer

from crushwatch.errors import SiteError
from crushwatch.ground import load_checked_site
from crushwatch.messages import AlertEvent
from crushwatch.models import find_model
from crushwatch.site import Site
from crushwatch.site.unread import ALL_DOORS
from workers.bands import open_bands
from workers.infer.choose import open_engine
from workers.replay.film import filmed_moments
from workers.replay.moment import Moment
from workers.replay.run import Replay, Summary
from workers.replay.truth import SUFFIXES, true_moments

TRUTH = "truth"

FIGURES = {
    "count": "{:.0f} people",
    "density_per_m2": "{:.1f} people/m²",
    "peak_density_per_m2": "{:.1f} over 3 m × 3 m",
    "speed_m_s": "{:.1f} m/s",
    "pressure_per_s2": "pressure {:.2f} per s²",
}
"""How the highest of each figure is said, in this order."""


def replay(
    recording: Path = typer.Argument(..., help="A video, or a truth of `crushwatch simulate --truth`: .json or .h5."),
    site: Path = typer.Option(..., help="The site file whose rules are run."),
    camera: str = typer.Option("", help="The camera that filmed it; needed where the site has several."),
    as_json: bool = typer.Option(
        False, "--json", help="One JSON object an event, and one at the end, instead of text."
    ),
) -> None:
    """Run a site's rules over a recording and print what would have been raised, and when, in seconds of the recording.

    A video is counted by the site's model; of a truth the true heads are taken.

    Example: crushwatch replay saturday.mp4 --site site.yaml --camera north-gate
    """
    loaded = load_checked_site(site, unread=ALL_DOORS)
    key = _camera(loaded, camera)
    with _moments(recording, loaded, key) as (moments, model, engine):
        bands = {} if model == TRUTH else open_bands(find_model(loaded.worker.model), site, loaded)
        run = Replay(loaded, key, model=model, engine=engine, band=bands.get(key))
        for at_s, event in run.events(moments):
            typer.echo(_as_json(at_s, event) if as_json else _as_text(at_s, event))
    summary = {"summary": asdict(run.summary)}
    typer.echo(json.dumps(summary, ensure_ascii=False) if as_json else _summary_text(run.summary))


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


def _as_json(at_s: float, event: AlertEvent) -> str:
    told = event.model_dump(
        mode="json", exclude_none=True, exclude={"version", "kind", "captured_at", "published_at", "site"}
    )
    return json.dumps({"at_s": round(at_s, 2)} | told, ensure_ascii=False)


def _as_text(at_s: float, event: AlertEvent) -> str:
    what = f"{event.rule} {event.change.value} {event.level.value}"
    return f"{at_s:8.1f} s  {event.region or '-'}  {what}: {event.because}"


def _summary_text(summary: Summary) -> str:
    events = f"{summary.events} event{'' if summary.events == 1 else 's'}"
    lines = [f"{summary.frames} frames over {summary.duration_s} s, {events}"]
    for region, highest in summary.highest.items():
        figures = (said.format(highest[name]) for name, said in FIGURES.items() if name in highest)
        lines.append(f"highest in {region}: {highest['level']}, {', '.join(figures)}")
    return "\n".join(lines)
