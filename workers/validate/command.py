"""crushwatch validate: how far every figure is off, on the simulator's scenarios or on one's own labelled frames."""

from __future__ import annotations

import json
import time
from pathlib import Path

import typer

from crushwatch.errors import SiteError
from crushwatch.logs import configure_logs
from crushwatch.models import ModelFile, find_model
from crushwatch.models.band import band_beside
from crushwatch.site import load_site
from crushwatch.site.unread import ALL_DOORS
from workers.bands import open_bands
from workers.infer.choose import open_engine
from workers.labelled import LAYOUT, labelled_frames, labels_read
from workers.validate.own_frames import labelled_rows
from workers.validate.report import all_lines, labelled_json, labelled_lines
from workers.validate.run import QUICK, WHOLE, validate_all

DEFAULT_MODEL = "compact"


def validate(
    site: Path | None = typer.Option(None, help="A site file: validate one of its cameras on labelled frames."),
    camera: str = typer.Option("", help="The camera that took them; needed where the site has several."),
    frames: Path | None = typer.Option(None, metavar="DIR", help=f"The folder of its labelled frames: {LAYOUT}."),
    model: str = typer.Option("", help="A model of `crushwatch models` or an .onnx file; the site's if left out."),
    quick: bool = typer.Option(
        False, "--quick", help="Fewer moments and pictures, and no rules on counted pictures: minutes."
    ),
    as_json: bool = typer.Option(False, "--json", help="End with one JSON object."),
) -> None:
    """Run the simulator's crowds against their truth and say how far each figure is off.

    Example: crushwatch validate --quick --json

    Example: crushwatch validate --site site.yaml --camera gate --frames labelled/
    """
    configure_logs(level="WARNING")  # what the rules raise over simulated crowds is no news
    if (site is None) != (frames is None):
        raise SiteError("--site and --frames go together; leave both out to run the simulator's scenarios")
    if site is None or frames is None:
        found = _scenarios(model or DEFAULT_MODEL, quick)
    else:
        found = _own(site, camera, frames, model)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))


def _scenarios(model_name: str, quick: bool) -> dict[str, object]:
    started_s, model = time.monotonic(), find_model(model_name)
    engine = open_engine("auto", model, batch_size=1)
    try:
        table = band_beside(model.path, model.sha256)
        found = validate_all(QUICK if quick else WHOLE, engine, table, lambda text: typer.echo(text, err=True))
    finally:
        engine.close()
    typer.echo("\n".join(all_lines(found)))
    seconds = round(time.monotonic() - started_s, 1)
    return found.as_json() | {"quick": quick, "model": model.name, "engine": engine.name, "seconds": seconds}


def _own(site_file: Path, wanted: str, folder: Path, model_name: str) -> dict[str, object]:
    site = load_site(site_file, unread=ALL_DOORS)
    key = wanted or (next(iter(site.cameras)) if len(site.cameras) == 1 else "")
    if key not in site.cameras:
        said = f"no camera {key!r}" if key else "which camera took them? Give --camera"
        raise SiteError(f"{said}; there are {', '.join(site.cameras)}")
    camera, found = site.cameras[key], labelled_frames(folder)
    model: ModelFile = find_model(model_name or site.worker.model)
    engine = open_engine(
        site.worker.engine, model, precision=site.worker.precision, shapes_px=[camera.engine_shape], batch_size=1
    )
    try:
        rows = labelled_rows(camera, found, engine, open_bands(model, site_file, site).get(key))
    finally:
        engine.close()
    labels = labels_read(folder)
    typer.echo("\n".join([f"labels: {labels}", *labelled_lines(rows)]))
    return {"camera": key, "frames": len(found), "labels": labels, "model": model.name, "regions": labelled_json(rows)}
